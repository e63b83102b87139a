import assert from 'node:assert/strict';
import { payOsCreateSignature, payOsDataSignature } from './payos-signature.ts';
import { vietnamDay, zaloPayMac } from './zalopay-mac.ts';

describe('ZaloPay signatures', () => {
  it('signs a new order and a query', () => {
    const fields = ['2553', '251010_TB0001', 'user123', 50000, 1760054400000, '{}', '[]'];
    assert.equal(zaloPayMac('test_key1', fields), 'b0101af6eea9aa55db2cc21540f81b28a14ff25f70efd67617baf8a0b740780e');
    assert.equal(
      zaloPayMac('test_key1', ['2553', '251010_TB0001', 'test_key1']),
      '91e845c349543710a683f72074a5f2ec01559f40add8d041ed96202b4c4527ac',
    );
  });

  it('takes the day of Vietnam, which begins at 17:00 UTC', () => {
    assert.equal(vietnamDay(Date.UTC(2026, 4, 1, 16, 59, 59)), '260501');
    assert.equal(vietnamDay(Date.UTC(2026, 4, 1, 17, 0, 0)), '260502');
    assert.equal(vietnamDay(Date.UTC(2026, 11, 31, 18, 0, 0)), '270101');
  });
});

describe('PayOS signatures', () => {
  it('reproduces the published webhook sample', () => {
    const data = {
      orderCode: 123,
      amount: 3000,
      description: 'VQRIO123',
      accountNumber: '12345678',
      reference: 'TF230204212323',
      transactionDateTime: '2023-02-04 18:25:00',
      currency: 'VND',
      paymentLinkId: '124c33293c43417ab7879e14c8d9eb18',
      code: '00',
      desc: 'Thành công',
      counterAccountBankId: '',
      counterAccountBankName: '',
      counterAccountName: '',
      counterAccountNumber: '',
      virtualAccountName: '',
      virtualAccountNumber: '',
    };
    const key = '1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675';
    assert.equal(payOsDataSignature(key, data), '412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03');
    assert.notEqual(payOsDataSignature(key, { ...data, amount: 3001 }), payOsDataSignature(key, data));
  });

  it('signs a new link over five raw fields', () => {
    const link = {
      amount: 50000,
      cancelUrl: 'https://x.test/c',
      description: 'TB0001',
      orderCode: 251010001,
      returnUrl: 'https://x.test/r',
    };
    assert.equal(
      payOsCreateSignature('test_checksum', link),
      '6949101d2559e1e613b77435d191643ada2365a1fcc9da2c7aabaec3a2785533',
    );
  });
});
