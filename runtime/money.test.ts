import assert from 'node:assert/strict';
import fc from 'fast-check';
import { int64ToNumber, parseInt64 } from './int64.ts';
import {
  addMoney,
  compareMoney,
  formatMoney,
  fromWireMoney,
  money,
  multiplyMoney,
  subtractMoney,
  sumMoney,
  toWireMoney,
} from './money.ts';

const anyMoney = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }).map((amount) => money(amount, 'VND'));

describe('money', () => {
  it('survives the wire beyond what a float can hold', () => {
    fc.assert(fc.property(anyMoney, (value) => assert.deepEqual(fromWireMoney(toWireMoney(value)), value)));
    assert.equal(fromWireMoney({ amountMinor: '9007199254740993', currency: 'VND' }).amountMinor, 9007199254740993n);
  });

  it('adds and takes away without loss', () => {
    fc.assert(fc.property(anyMoney, anyMoney, (a, b) => assert.deepEqual(subtractMoney(addMoney(a, b), b), a)));
  });

  it('multiplies a price by whole tickets only', () => {
    assert.deepEqual(multiplyMoney(money(500_000, 'VND'), 4), money(2_000_000n, 'VND'));
    assert.throws(() => multiplyMoney(money(1, 'VND'), 1.5), { reason: 'INVALID_QUANTITY' });
  });

  it('refuses to mix currencies', () => {
    assert.throws(() => addMoney(money(1, 'VND'), money(1, 'USD')), { reason: 'CURRENCY_MISMATCH' });
    assert.throws(() => compareMoney(money(1, 'VND'), money(1, 'USD')), { reason: 'CURRENCY_MISMATCH' });
    assert.throws(() => sumMoney([money(1, 'USD')], 'VND'), { reason: 'CURRENCY_MISMATCH' });
  });

  it('refuses fractions, missing amounts and unknown shapes of currency', () => {
    assert.throws(() => money(0.5, 'VND'), { reason: 'INVALID_MONEY' });
    assert.throws(() => money(1, 'vnd'), { reason: 'INVALID_MONEY' });
    assert.throws(() => fromWireMoney(undefined), { reason: 'INVALID_MONEY' });
    assert.throws(() => fromWireMoney({ amountMinor: '1.5', currency: 'VND' }), { reason: 'INVALID_INT64' });
  });

  it('shows dong without and dollars with two digits', () => {
    assert.equal(formatMoney(money(500_000, 'VND'), 'en-US'), '₫500,000');
    assert.equal(formatMoney(money(-1999, 'USD'), 'en-US'), '-$19.99');
    assert.equal(formatMoney(money(5, 'USD'), 'en-US'), '$0.05');
  });
});

describe('int64', () => {
  it('takes what fits into 64 bits and nothing else', () => {
    assert.equal(parseInt64('9223372036854775807', 'x'), 2n ** 63n - 1n);
    assert.equal(parseInt64(undefined, 'x'), 0n);
    for (const bad of ['9223372036854775808', '1e3', '', ' 1', 1.5, {}, true]) {
      assert.throws(() => parseInt64(bad, 'quantity'), { reason: 'INVALID_INT64', message: /quantity/ });
    }
    assert.throws(() => int64ToNumber('9007199254740993', 'x'), { reason: 'INVALID_INT64' });
  });
});
