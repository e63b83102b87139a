import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#runtime/clock.ts';
import { isRetryable } from '#runtime/errors.ts';
import { createKafka } from '#runtime/kafka.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { retry } from '#runtime/retry.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('Kafka outage', function () {
  this.timeout(180_000);

  it('loses nothing that was acknowledged and keeps the order, over a restart of the broker', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kafka-outage-'));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(dir, { recursive: true, force: true }));
    const ports = { kafka: await freePort(), kafkaController: await freePort() };
    const start = () => startBacking({ which: ['kafka'], dir, ports });
    let backing = await start();
    stack.defer(() => backing.stop());

    const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'probe', log: silentLogger() });
    const admin = kafka.admin();
    await admin.createTopics([{ name: 'numbers', partitions: 1, replicationFactor: 1 }]);
    await admin.close();
    const seen: number[] = [];
    const states: boolean[] = [];
    const consumer = stack.use(
      kafka.runConsumer({
        groupId: 'outage',
        topics: ['numbers'],
        clock: systemClock,
        onState: (ok) => states.push(ok),
        park: async () => assert.fail('nothing is poison here'),
        handler: async (message) => {
          seen.push(Number(message.value.toString()));
          return 'done';
        },
      }),
    );
    await consumer.ready;
    const producer = kafka.producer();
    stack.defer(() => producer.close());

    const stop = new AbortController();
    let acknowledged = -1;
    let refused = 0;
    const policy = { maxAttempts: Number.POSITIVE_INFINITY, initialMs: 100, maxMs: 500, shouldRetry: isRetryable };
    const onRetry = () => {
      refused++;
    };
    const sending = (async () => {
      for (let n = 0; !stop.signal.aborted; n++) {
        const send = () => producer.send('numbers', [{ key: 'k', value: String(n) }]);
        await retry(policy, send, { clock: systemClock, onRetry });
        acknowledged = n;
        await systemClock.sleep(2);
      }
    })();
    await systemClock.sleep(1000);
    await backing.stop();
    await systemClock.sleep(3000);
    const before = acknowledged;
    backing = await start();
    const back = performance.now();
    while (acknowledged < before + 50) await systemClock.sleep(50);
    const sendingAgainMs = Math.round(performance.now() - back);
    stop.abort();
    await sending;
    const end = performance.now() + 60_000;
    while (seen.at(-1) !== acknowledged && performance.now() < end) await systemClock.sleep(50);

    const caughtUpMs = Math.round(performance.now() - back);
    assert.ok(refused > 0, 'the outage was felt');
    // First appearances are complete and in order; what was sent twice comes again later.
    const first = [...new Set(seen)];
    assert.deepEqual(
      first,
      Array.from({ length: acknowledged + 1 }, (_, n) => n),
    );
    assert.equal(states.at(-1), true);
    console.log(
      `      ${acknowledged + 1} sent, ${refused} refused on the way, ${seen.length - first.length} came twice`,
    );
    console.log(
      `      after the broker was back: 50 sent within ${sendingAgainMs} ms, consumer caught up within ${caughtUpMs} ms`,
    );
  });
});
