import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { ManualClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { payOs } from './payos.ts';
import { payOsDataSignature } from './payos-signature.ts';
import type { LinkStatus } from './provider.ts';
import { zaloPay } from './zalopay.ts';

const KEY = 'a-key';

/** What stands where a number of whole dong should. */
const amount = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom<unknown>(null, true, '', [], {}, [5], '5', '05', '5.0', '1e3', ' 5', 1.5, -5, 0, 2 ** 60, 'toString'),
  fc.jsonValue({ maxDepth: 1 }),
);
const whole = (value: unknown) =>
  (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) ||
  (typeof value === 'string' && /^[1-9][0-9]{0,14}$/.test(value));

/** The client's reading of answers, from a server that answers whatever it is told to. */
describe('answers of payment providers that are not as documented', () => {
  let server: Server;
  let answer: unknown;
  const signal = new AbortController().signal;
  const http = () => {
    const { port } = server.address() as AddressInfo;
    return { baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 5_000, clock: new ManualClock(1_800_000_000_000) };
  };

  before(async () => {
    server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What is received is what the answer says in whole dong; anything else is no answer, and asked for again. */
  async function isMoneyOrNoAnswer(said: unknown, query: () => Promise<LinkStatus>): Promise<void> {
    try {
      const { received } = await query();
      assert.ok(whole(said), `${JSON.stringify(said)} counts as ${received[0]?.amount.amountMinor}`);
      assert.equal(received[0]?.amount.amountMinor, BigInt(String(said)));
    } catch (error) {
      assert.ok(error instanceof ServiceError, String(error));
      assert.deepEqual([error.reason, error.retryable], ['PROVIDER_UNAVAILABLE', true]);
      assert.ok(!whole(said), `${JSON.stringify(said)} is money`);
    }
  }

  it('of ZaloPay: a paid order without an amount in whole dong tells nothing', async () => {
    const provider = zaloPay({ appId: '1', key1: KEY, callbackUrl: '', http: http() });
    await fc.assert(
      fc.asyncProperty(amount, async (said) => {
        answer = { return_code: 1, amount: said, zp_trans_id: 7 };
        await isMoneyOrNoAnswer(JSON.parse(JSON.stringify(said)), () => provider.query('ref', signal));
      }),
    );
    answer = { return_code: 1, amount: 5 };
    await assert.rejects(provider.query('ref', signal), { reason: 'PROVIDER_UNAVAILABLE' });
  });

  it('of PayOS: the same for each of its transactions', async () => {
    const keys = { clientId: 'c', apiKey: 'k', checksumKey: KEY };
    const provider = payOs({ ...keys, http: http(), fallbackUrl: 'http://x' });
    await fc.assert(
      fc.asyncProperty(amount, async (said) => {
        const data = JSON.parse(
          JSON.stringify({ id: 'p', status: 'PAID', transactions: [{ reference: 'r', amount: said }] }),
        ) as Record<string, unknown>;
        answer = { code: '00', data, signature: payOsDataSignature(KEY, data) };
        await isMoneyOrNoAnswer(JSON.parse(JSON.stringify(said)), () => provider.query('1', signal));
      }),
    );
  });
});
