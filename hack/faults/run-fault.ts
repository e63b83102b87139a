import type { Shop } from '#runtime/local/shop/shop.ts';
import { audit, type Finding } from './audit.ts';
import type { Bookkeeper } from './bookkeeper.ts';
import type { DynamoProxy } from './dynamo-proxy.ts';
import { type Fault, pause } from './fault.ts';
import { Load } from './load.ts';
import type { TcpProxy } from './tcp-proxy.ts';

export interface FaultResult {
  readonly fault: Fault;
  readonly orders: number;
  readonly paid: number;
  readonly findings: readonly Finding[];
  readonly note: string;
  readonly error: string | undefined;
  readonly seconds: number;
}

export interface FaultRun {
  readonly shop: Shop;
  readonly books: Bookkeeper;
  readonly dynamo: DynamoProxy;
  readonly redis: TcpProxy;
  readonly redisAddress: string;
  readonly rate: number;
  readonly short: boolean;
  readonly say: (text: string) => void;
}

const WARM_MS = 3_000;
const AFTER_MS = 2_000;
/** Then whatever is open counts as lost. */
const SETTLE_MS = 150_000;

/** A sale of its own, buyers, the fault in the middle, silence, and the books. */
export async function runFault(
  fault: Fault,
  { shop, books, rate, short, say, ...proxies }: FaultRun,
): Promise<FaultResult> {
  const started = performance.now();
  if (fault.orderEnv !== undefined) await restartOrder(shop, fault.orderEnv);
  const { eventId, classId } = await shop.aSale(fault.stock ?? 5_000);
  const load = new Load({ shop, eventId, classId, perSecond: rate });
  let note = '';
  let error: string | undefined;
  let more: readonly Finding[] = [];
  try {
    await pause(WARM_MS);
    const lasting = (ms: number, shortMs: number) => (short ? shortMs : ms);
    const hit = await fault.run({ shop, load, books, ...proxies, eventId, classId, short, lasting, say });
    note = typeof hit === 'string' ? hit : hit.note;
    if (typeof hit !== 'string') more = hit.findings;
    await pause(AFTER_MS);
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
    say(`failed: ${error}`);
  }
  const buyers = await load.stop();
  say(`${load.came} buyers came; waiting until all is quiet`);
  const end = performance.now() + SETTLE_MS;
  let left = 'not read yet';
  while (left !== '' && performance.now() < end) {
    await pause(500);
    left = await books.unsettled(eventId).catch((cause: unknown) => String(cause));
  }
  if (left !== '') say(`still: ${left}`);
  const read = await books.read(eventId, buyers);
  const findings = [...more, ...audit(read)];
  error ??= fault.proves?.(read);
  if (fault.orderEnv !== undefined) await restartOrder(shop, {});
  const paid = read.orders.filter(({ state }) => state === 'PAID').length;
  const states = Object.entries(Object.groupBy(read.orders, ({ state }) => state))
    .filter(([state]) => state !== 'PAID')
    .map(([state, of]) => `${of?.length} ${state.toLowerCase()}`);
  return {
    ...{ fault, orders: read.orders.length, paid, findings, error },
    note: `${note}${states.length > 0 ? `; ${states.join(', ')}` : ''}${load.unanswered > 0 ? `; ${load.unanswered} never answered` : ''}`,
    seconds: (performance.now() - started) / 1000,
  };
}

async function restartOrder(shop: Shop, env: Readonly<Record<string, string>>): Promise<void> {
  await shop.programs.order.stop('SIGTERM');
  await shop.programs.order.start(env);
}
