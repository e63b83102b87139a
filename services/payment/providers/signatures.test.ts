import assert from 'node:assert/strict';
import { payOsCreateSignature, payOsDataSignature } from './payos-signature.ts';
import { vnPayApiHash, vnPayHash, vnPayTime } from './vnpay-signature.ts';
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

describe('VNPay signatures', () => {
  const fields = {
    vnp_Amount: '1000000',
    vnp_BankCode: 'NCB',
    vnp_BankTranNo: 'VNP14422574',
    vnp_CardType: 'ATM',
    vnp_OrderInfo: 'Thanh toan don hang 2024-05-21T02:17:31.249Z',
    vnp_PayDate: '20240521091806',
    vnp_ResponseCode: '00',
    vnp_TmnCode: 'TEST_TMN_CODE',
    vnp_TransactionNo: '14422574',
    vnp_TransactionStatus: '00',
    vnp_TxnRef: '1716257871703',
  };

  it('reproduces the published sample, whatever the order of keys, empty fields and the hash itself', () => {
    const hash =
      '649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361dbf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895';
    assert.equal(vnPayHash('test_secret', fields), hash);
    const shuffled = { vnp_SecureHash: 'x', vnp_Empty: '', ...Object.fromEntries(Object.entries(fields).reverse()) };
    assert.equal(vnPayHash('test_secret', shuffled), hash);
    assert.match(vnPayHash('test_secret', { ...fields, vnp_ResponseCode: '99' }), /^503194f6d93b57b3/);
  });

  it('joins values for the merchant API, and writes times of Vietnam', () => {
    assert.notEqual(vnPayApiHash('s', ['a', 'bc']), vnPayApiHash('s', ['ab', 'c']));
    assert.equal(vnPayTime(Date.UTC(2026, 11, 31, 17, 0, 5)), '20270101000005');
  });
});
