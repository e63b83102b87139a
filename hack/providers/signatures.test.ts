import assert from 'node:assert/strict';
import { payOsCreateSignature, payOsDataSignature } from './payos-signature.ts';
import { zaloPayCallbackMac, zaloPayMac, zaloPayQueryMac } from './zalopay-mac.ts';

describe('signatures of the provider simulator', () => {
  it("signs a ZaloPay callback as the documentation's sample", () => {
    // docs.zalopay.vn, callback sample of the public demo merchant 2553 with its published key2.
    const data = JSON.stringify({
      ...{ app_id: 2553, app_trans_id: '200904_2553_1598435687208', app_time: 1599189392817, app_user: 'demo' },
      amount: 10000,
      embed_data: '{"merchantinfo":"embeddata123","promotioninfo":""}',
      item: '[{"itemid":"knb","itemname":"kim nguyen bao","itemprice":198400,"itemquantity":1}]',
      ...{ zp_trans_id: 200904000000389, server_time: 1599189413498, channel: 38 },
      merchant_user_id: '7ZMSl3nEg5sOUJzOLSoUFT8xKNQVaLOLXHB--8Eytqc',
      ...{ user_fee_amount: 0, discount_amount: 0 },
    });
    const mac = 'd8d33baf449b31d7f9b94fa50d7c942c08cd4d83f28fa185557da21acb104f67';
    assert.equal(zaloPayCallbackMac('kLtgPl8HHhfvMuDHPwKfgfsY4Ydm9eIz', data), mac);
    assert.notEqual(zaloPayCallbackMac('kLtgPl8HHhfvMuDHPwKfgfsY4Ydm9eIz', data.replace('10000', '10001')), mac);
  });

  it('signs a ZaloPay order over its seven fields, and a query over the key too', () => {
    const order = {
      ...{ app_id: 2553, app_trans_id: '251010_TB0001', app_user: 'user123', amount: 50000 },
      ...{ app_time: 1760054400000, embed_data: '{}', item: '[]' },
    };
    assert.equal(
      zaloPayMac('test_key1', 'create', order),
      'b0101af6eea9aa55db2cc21540f81b28a14ff25f70efd67617baf8a0b740780e',
    );
    assert.equal(
      zaloPayQueryMac('test_key1', order),
      '91e845c349543710a683f72074a5f2ec01559f40add8d041ed96202b4c4527ac',
    );
  });

  it("signs a PayOS webhook as the documentation's sample", () => {
    // payos.vn/docs, checking the data of a webhook.
    const data = {
      ...{ orderCode: 123, amount: 3000, description: 'VQRIO123', accountNumber: '12345678' },
      ...{ reference: 'TF230204212323', transactionDateTime: '2023-02-04 18:25:00', currency: 'VND' },
      ...{ paymentLinkId: '124c33293c43417ab7879e14c8d9eb18', code: '00', desc: 'Thành công' },
      ...{ counterAccountBankId: '', counterAccountBankName: '', counterAccountName: '', counterAccountNumber: '' },
      ...{ virtualAccountName: '', virtualAccountNumber: '' },
    };
    const key = '1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675';
    const expected = '412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03';
    assert.equal(payOsDataSignature(key, data), expected);
    assert.equal(payOsDataSignature(key, { ...data, virtualAccountName: null, counterAccountName: 'null' }), expected);
    assert.notEqual(payOsDataSignature(key, { ...data, amount: 3001 }), expected);
  });

  it('signs a PayOS link over its five fields, raw', () => {
    const link = { amount: 50000, cancelUrl: 'https://x.test/c', description: 'TB0001', orderCode: 251010001 };
    assert.equal(
      payOsCreateSignature('test_checksum', { ...link, returnUrl: 'https://x.test/r', items: [], expiredAt: 1 }),
      '6949101d2559e1e613b77435d191643ada2365a1fcc9da2c7aabaec3a2785533',
    );
  });
});
