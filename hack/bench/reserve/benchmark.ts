import { randomUUID } from 'node:crypto';
import type { BenchContext, Benchmark, Line, Measured, OpenBenchmark, Side } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { echoRound, startEcho } from '../load/echo-side.ts';
import { latencyFigures } from '../statistics.ts';
import { hotRowSides } from './hot-row.ts';
import { type Inventory, openShop, type ReserveMode, type Shop } from './shop.ts';

/** Buyers with a call under way at any moment, and calls of one round. */
const BUYERS = 200;
const CALLS = 4_000;
const PROTO = 'ticketbottle/inventory/v1/inventory.proto';
const SERVICE = 'ticketbottle.inventory.v1.InventoryService';

const perSecond = (side: string) => ({ side, figure: 'perSecond' });

export const benchmark: Benchmark = {
  name: 'reserve',
  title: `Reserving one ticket each of one hot class through gRPC, ${BUYERS} buyers at once.`,
  lines: [
    {
      id: 'against-seed',
      title: 'reserves: shared transactions against SELECT ... FOR UPDATE per request, same service',
      unit: 'reserves/s',
      better: 'higher',
      ours: perSecond('combined'),
      peer: { ...perSecond('per-request'), name: 'per request' },
      sameWork: ['calls', 'granted', 'durable'],
      target: { atLeast: 5 },
    },
    {
      id: 'against-echo',
      title: 'reserves against a bare grpc-js echo of the same messages',
      unit: 'reserves/s',
      better: 'higher',
      ours: perSecond('combined'),
      peer: { ...perSecond('echo'), name: 'bare grpc-js echo' },
      sameWork: ['calls'],
      target: { atLeast: 0.5 },
    },
    againstRow('row-batch', 'pgbench, 64 tickets in one statement'),
    againstRow('row-statement', 'pgbench, one statement'),
    againstRow('row-lock', 'pgbench, SELECT FOR UPDATE and UPDATE'),
    {
      id: 'lock-p99',
      title: `lock acquisition p99, ${BUYERS} buyers: from the request until its transaction holds the class`,
      unit: 'ms',
      better: 'lower',
      ours: { side: 'combined', figure: 'lockP99' },
      peer: { side: 'per-request', figure: 'lockP99', name: 'per request' },
      sameWork: ['calls', 'granted', 'durable'],
    },
    {
      id: 'lock-p99-bound',
      title: 'the same, against its bound',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'combined', figure: 'lockP99' },
      target: { atMost: 50 },
    },
    {
      id: 'cpu-service',
      title: 'CPU of one reserve in the inventory service, relay included, against the bare echo',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'combined', figure: 'cpuMs' },
      peer: { side: 'echo', figure: 'cpuMs', name: 'bare grpc-js echo' },
      sameWork: ['calls'],
    },
    {
      id: 'cpu-postgres',
      title: 'CPU of one reserve in Postgres',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'combined', figure: 'postgresCpuMs' },
      peer: { side: 'per-request', figure: 'postgresCpuMs', name: 'per request' },
      sameWork: ['calls', 'granted', 'durable'],
    },
    {
      id: 'p99',
      title: 'whole call p99',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'combined', figure: 'p99' },
      peer: { side: 'per-request', figure: 'p99', name: 'per request' },
      sameWork: ['calls', 'granted', 'durable'],
    },
  ],
  open,
};

/** The hot row by itself, on the same server: no books, no holds, no messages. */
function againstRow(side: string, name: string): Line {
  return {
    id: side,
    title: 'reserves against the bare row',
    unit: 'tickets/s',
    better: 'higher',
    ours: perSecond('combined'),
    peer: { ...perSecond(side), name },
    sameWork: ['durable'],
    optional: true,
  };
}

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('starting Postgres, Kafka, two inventories and the echo');
  const shop = stack.use(await openShop(context));
  const request = requestOf(randomUUID(), randomUUID());
  const echo = await startEcho(context, { file: PROTO, service: SERVICE, method: 'Reserve', answer: ANSWER });
  stack.defer(() => echo.stop());
  const sides: Side[] = [
    side('combined', shop),
    side('per-request', shop),
    {
      name: 'echo',
      round: () =>
        echoRound(echo.call, echo.program.pid, { concurrency: BUYERS, calls: CALLS, request: () => request() }),
    },
    ...(await hotRowSides(shop.postgres.admin, shop.postgres.url)),
  ];
  const owned = stack.move();
  return {
    sides,
    conditions: {
      buyers: BUYERS,
      calls: CALLS,
      postgres: 'fsync on, synchronous_commit on',
      outbox: 'relayed to Kafka at the same time',
    },
    versions: shop.versions,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function side(mode: ReserveMode, shop: Shop): Side {
  return {
    name: mode,
    // Too few tickets for all: shows that this side refuses exactly those that it must.
    warmUp: async () => void (await reserveRound(shop.inventories[mode], mode, Math.floor(CALLS * 0.9))),
    round: () => reserveRound(shop.inventories[mode], mode, CALLS),
  };
}

async function reserveRound(inventory: Inventory, mode: ReserveMode, total: number): Promise<Measured> {
  const { eventId, classId } = await inventory.aClass(total);
  const request = requestOf(eventId, classId);
  await inventory.lockTimes();
  let granted = 0;
  const before = inventory.cpu();
  const load = await closedLoop({
    concurrency: BUYERS,
    calls: CALLS,
    call: async () => {
      if (await inventory.reserve(request())) granted++;
    },
  });
  await inventory.published();
  const after = inventory.cpu();
  const ledger = await inventory.ledger(eventId);
  if (!ledger.balanced || ledger.oversold !== 0) throw new Error(`the books of ${mode} do not balance`);
  if (granted !== total || ledger.reserved !== total) {
    throw new Error(`${mode}: ${granted} buyers were told yes, ${ledger.reserved} are held, ${total} were for sale`);
  }
  const lock = await inventory.lockTimes();
  return {
    figures: {
      ...{ perSecond: load.perSecond, ...latencyFigures(load.latencies), lockP99: lock.p99, lockP50: lock.p50 },
      cpuMs: ((after.service - before.service) * 1000) / CALLS,
      postgresCpuMs: ((after.postgres - before.postgres) * 1000) / CALLS,
    },
    work: { calls: CALLS, granted, durable: 'yes' },
  };
}

/** Each call is another buyer's another order. */
function requestOf(eventId: string, classId: string): () => object {
  const expireTime = { seconds: String(Math.floor(Date.now() / 1000) + 900), nanos: 0 };
  return () => ({
    orderId: randomUUID(),
    eventId,
    userId: randomUUID(),
    lines: [{ ticketClassId: classId, quantity: 1 }],
    expireTime,
    rehearsal: false,
  });
}

const PRICE = { amountMinor: '500000', currency: 'VND' };
const ANSWER = {
  lines: [{ ticketClassId: '0b6f0c7e-7c55-4b43-9f0e-0b5a3f3b0c11', className: 'GA', quantity: 1, unitPrice: PRICE }],
  total: PRICE,
  expireTime: { seconds: '1790000000', nanos: 0 },
};
