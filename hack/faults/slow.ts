import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { OrderServiceDefinition } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import { createKafka } from '#runtime/kafka.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { freePort } from '#runtime/local/shop/shop-process.ts';
import { silentLogger } from '#runtime/log.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { retry } from '#runtime/retry.ts';
import { type Fault, type FaultContext, pause } from './fault.ts';
import { caughtUp, now, publishedSince } from './outboxes.ts';
import { TcpProxy } from './tcp-proxy.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const log = silentLogger();
/** 200 ms there and back; a sender gives up waiting after that time and 200 ms, as Linux does at least. */
const BAD_LINK = { oneWayMs: 100, loss: 0.02, retransmitMs: 400 };
const AT_ONCE = 20;
/** They run for so much of each period, as under a CPU limit. A broker that is away for less than its session is not given up. */
const SLOW_POD = { periodMs: 500, runMs: 100 };
const SLOW_BROKER = { periodMs: 2_000, runMs: 200 };

/** Nothing is down: it is only slow. */
export const slow: readonly Fault[] = [
  {
    number: 22,
    name: 'slow-database-link',
    title: '200 ms and 2 % loss between inventory and Postgres',
    async run(context) {
      const { shop, load, lasting, say } = context;
      await using stack = new AsyncDisposableStack();
      const nearMs = await reservedAtOnce(context);
      const link = new TcpProxy(BAD_LINK);
      stack.defer(() => link.close());
      const url = new URL(shop.databaseUrl('inventory'));
      url.host = await link.listen(url.host, await freePort());
      stack.defer(async () => {
        await shop.programs.inventory.stop('SIGTERM');
        await shop.programs.inventory.start();
      });
      await shop.programs.inventory.stop('SIGTERM');
      await shop.programs.inventory.start({ DATABASE_URL: url.href });
      say('the link is slow');
      const before = load.came;
      const far: number[] = [];
      for (const end = performance.now() + lasting(60_000, 20_000); performance.now() < end; await pause(500))
        far.push(await reservedAtOnce(context));
      if (link.lost === 0) throw new Error('nothing was lost on the link');
      const [median, worst] = [medianOf(far), Math.max(...far)].map((ms) => ms.toFixed(0));
      return `${AT_ONCE} reserves at once took ${nearMs.toFixed(0)} ms before, over the slow link ${median} ms in the median of ${far.length} and ${worst} ms at most; ${link.lost} pieces lost, ${load.came - before} buyers came meanwhile`;
    },
  },
  {
    number: 24,
    name: 'gray-failure',
    title: 'one of two order pods is healthy and slow; then one of three Kafka brokers is',
    brokers: 3,
    async run(context) {
      const { lasting, say } = context;
      const slowPod = await withSlowPod(context, lasting(60_000, 20_000));
      say(`${slowPod}; slowing a broker down`);
      return `${slowPod}; ${await withSlowBroker(context)}`;
    },
  },
];

/** Holds for so many orders, all asked for at the same time, and given back; until the last one is answered, in ms. */
async function reservedAtOnce({ shop, eventId, classId }: FaultContext): Promise<number> {
  const orders = Array.from({ length: AT_ONCE }, () => randomUUID());
  const started = performance.now();
  // A caller whose answer is lost asks again, with the same order.
  const policy = { maxAttempts: 20, initialMs: 100, maxMs: 500, shouldRetry: () => true };
  await Promise.all(
    orders.map((orderId) =>
      retry(
        policy,
        () => {
          const expireTime = { seconds: String(Math.floor(Date.now() / 1000) + 60), nanos: 0 };
          const lines = [{ ticketClassId: classId, quantity: 1 }];
          return shop.inventory.reserve({ orderId, eventId, userId: randomUUID(), lines, expireTime });
        },
        { clock: systemClock },
      ),
    ),
  );
  const tookMs = performance.now() - started;
  await Promise.all(
    orders.map((orderId) => retry(policy, () => shop.inventory.release({ orderId }), { clock: systemClock })),
  );
  return tookMs;
}

/** Buyers and tasks are shared out between two pods of the order service, one of which hardly runs. */
async function withSlowPod({ shop, load }: FaultContext, ms: number): Promise<string> {
  await shop.programs['order-2'].start();
  const definition = loadService<OrderServiceDefinition>(
    ROOT,
    'ticketbottle/order/v1/order.proto',
    'ticketbottle.order.v1.OrderService',
  );
  // Both addresses in turn, as behind a headless Service.
  const address = `ipv4:${shop.addressOf('order')},${shop.addressOf('order-2')}`;
  using orders = createClient<Shop['orders']>({ address, definition, log, defaultDeadlineMs: 25_000 });
  const only = load.orders;
  load.orders = orders;
  const release = throttle(shop.programs['order-2'].pid, SLOW_POD);
  const before = load.came;
  try {
    const health = await healthFor(shop, 'order-2', ms);
    return `one of two order pods ran a fifth of the time: ready ${health.times} times, answered in ${health.medianMs.toFixed(0)} ms, while ${load.came - before} buyers came`;
  } finally {
    load.orders = only;
    release();
    await load.answered();
    await shop.programs['order-2'].stop('SIGTERM');
  }
}

/** Asks a pod every half second whether it is ready. Throws when it is not: then it would get no work. */
async function healthFor(shop: Shop, program: 'order-2', ms: number): Promise<{ times: number; medianMs: number }> {
  const took: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end; await pause(500)) {
    const asked = performance.now();
    const answer = await fetch(`${shop.opsUrl(program)}/readyz`, { signal: AbortSignal.timeout(10_000) });
    await answer.text();
    if (!answer.ok) throw new Error(`the slow pod is not ready: ${answer.status}`);
    took.push(performance.now() - asked);
  }
  return { times: took.length, medianMs: medianOf(took) };
}

const medianOf = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** A third of the partitions is led by it, and it follows the others: every message waits for it. */
async function withSlowBroker({ shop, lasting }: FaultContext): Promise<string> {
  const pid = shop.backing.pidOf('kafka-2');
  if (pid === undefined) throw new Error('kafka-2 does not run');
  const admin = createKafka({ brokers: shop.backing.kafka.brokers, clientId: 'faults', log }).admin();
  const quick = await now(shop);
  await pause(lasting(20_000, 8_000));
  const before = await publishedSince(shop, quick);
  const release = throttle(pid, SLOW_BROKER);
  try {
    const since = await now(shop);
    await pause(lasting(60_000, 20_000));
    await caughtUp(shop, 'what came while a broker was slow');
    const { count, medianMs, slowestMs } = await publishedSince(shop, since);
    if (medianMs <= before.medianMs) throw new Error('the slow broker held nothing up');
    const topics = [...(await admin.describeTopics(Object.values(TOPIC))).values()];
    const without = topics.reduce((sum, { underReplicated }) => sum + underReplicated, 0);
    return `one of three brokers ran a tenth of the time: ${count} messages in ${medianMs.toFixed(0)} ms in the median (${before.medianMs.toFixed(0)} before) and ${slowestMs.toFixed(0)} ms at most, ${without} partitions without it`;
  } finally {
    release();
    await admin.close();
  }
}

/** Stops a process and lets it go on, again and again, until told otherwise. */
function throttle(pid: number, { periodMs, runMs }: typeof SLOW_POD): () => void {
  const done = new AbortController();
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(pid, name);
    } catch {
      done.abort(); // It ended.
    }
  };
  const loop = async () => {
    while (!done.signal.aborted) {
      signal('SIGSTOP');
      await pause(periodMs - runMs);
      signal('SIGCONT');
      await pause(runMs);
    }
  };
  void loop();
  return () => done.abort();
}
