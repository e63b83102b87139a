import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { follow } from '#runtime/local/replicated-stores.ts';
import { audit } from '../audit.ts';
import { openBookkeeper } from '../bookkeeper.ts';
import { pause, until } from '../fault.ts';
import { Buyers, type Purchase } from './buyers.ts';
import { ROOT } from './cluster.ts';
import { endpointOf, LEASE } from './manifests.ts';
import type { Region } from './region.ts';
import { Sale, signUpAll, sourcesOf, ticketKeyOf } from './sale.ts';
import { follows, missingIn, takesWrites } from './stores.ts';
import { MINUTE, openWorld, type World } from './world.ts';

const RTO_TARGET_S = 300;
const RPO_TARGET_S = 60;
const INTERRUPTED = 130;
/** So many buyers have an account each; then those who have bought come again. */
const ACCOUNTS_FOR_S = 600;
const MOST_ACCOUNTS = 400;

export interface DrillOptions {
  /** Buyers per second. */
  readonly rate: number;
  readonly short: boolean;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

interface Drill extends World {
  readonly sale: Sale;
  readonly buyers: Buyers;
  readonly say: (text: string) => void;
}

/**
 * Two platforms, a namespace each with an operator, pods and stores of its own; the second one's Postgres and Redis follow the
 * first one's, and orders table, Temporal and Kafka are one for both. The active one is lost under load, the other one is
 * promoted by an edit of its role, and later all goes back. Exit code.
 */
export async function regionDrill(options: DrillOptions): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const { promise: interrupted, resolve } = Promise.withResolvers<number>();
  options.signal.addEventListener('abort', () => resolve(INTERRUPTED), { once: true });
  return await Promise.race([runDrill(stack, options), interrupted]);
}

async function runDrill(stack: AsyncDisposableStack, { rate, short, say }: DrillOptions): Promise<number> {
  const world = stack.use(await openWorld(say));
  const { cluster, stores, name } = world;
  const { east, west } = world;
  const sale = new Sale([east, west]);
  await sale.apply();
  const sources = stack.use(sourcesOf(cluster, stores.east, await ticketKeyOf(east)));
  const books = stack.use(await openBookkeeper(sources));
  const accounts = await signUpAll(east, name.current ?? '', Math.min(MOST_ACCOUNTS, Math.ceil(rate * ACCOUNTS_FOR_S)));
  await sale.becomes(east, 'Open', 3 * MINUTE);
  await sale.becomes(west, 'Standby', MINUTE);
  say(`one EventSale in both regions: open in east; in west it ${(await sale.in(west)).says}`);
  const { eventId, classId } = sale;
  const { providersUrl } = sources;
  const endpoint = () => name.current;
  const buyers = stack.use(new Buyers({ eventId, classId, accounts, perSecond: rate, providersUrl, endpoint }));
  const drill: Drill = { ...world, sale, buyers, say };
  const calm = () => pause(short ? 10_000 : 30_000);

  await calm();
  say(`${buyers.came} buyers came, ${buyers.purchases.length} orders were answered`);
  await refuseBoth(drill);
  await calm();
  const { after, rpoSeconds, missing } = await failOver(drill);
  await calm();
  await comeBackFenced(drill);
  const backSeconds = await switchBack(drill, calm);
  await calm();

  await buyers.stop();
  say(`${buyers.came} buyers came; waiting until all is quiet`);
  let left = '';
  const quiet = async () => {
    left = await books.unsettled(sale.eventId).catch((cause: unknown) => String(cause));
    return left === '';
  };
  await until('all is quiet', quiet, 3 * MINUTE).catch(() => say(`still: ${left}`));
  const end = await endSale(drill);
  const told = buyers.purchases.map(({ orderId, told, paid }) => ({ orderId, told, paid }));
  const read = await books.read(sale.eventId, told);
  const findings = [...audit(read), ...buyers.twice];
  for (const { kind, invariant, detail } of findings.slice(0, 20)) {
    const purchase = buyers.purchases.find(({ orderId }) => detail.includes(orderId));
    say(`${kind} ${invariant}: ${detail}${purchase === undefined ? '' : whenOf(purchase)}`);
  }
  const count = (of: string) => findings.filter(({ kind }) => kind === of).length;
  const result = {
    injected: 'the active region lost: SIGKILL of Postgres, Redis, all pods and the operator',
    ...{ lost: count('lost'), violated: count('violated'), recoveredInSeconds: after.firstOrder },
    rto: { seconds: after.firstOrder, targetSeconds: RTO_TARGET_S, secondsAfterTheCut: after },
    rpo: { seconds: rpoSeconds, targetSeconds: RPO_TARGET_S, ordersMissing: missing },
    switchBack: { seconds: backSeconds },
    sale: end,
    conditions: {
      ...{ buyersPerSecond: rate, lease: LEASE, buyers: buyers.came, orders: read.orders.length },
      paid: read.orders.filter(({ state }) => state === 'PAID').length,
      ...{ numbers: buyers.numbers, rejoined: buyers.rejoined },
      ...{ unanswered: buyers.asking.unanswered, refusals: Object.fromEntries(buyers.asking.refusals) },
    },
  };
  const out = join(ROOT, 'out/faults');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'region.json'), `${JSON.stringify(result, null, 2)}\n`);
  say(`RTO ${after.firstOrder} s (target ${RTO_TARGET_S}), RPO ${rpoSeconds} s (target ${RPO_TARGET_S})`);
  console.log(`\nlost: ${result.lost}, violated: ${result.violated}`);
  const late = after.firstOrder > RTO_TARGET_S || rpoSeconds > RPO_TARGET_S;
  for (const { sinceMs, asked, heard } of buyers.asking.unanswered)
    say(`no answer to ${asked}, asked since ${new Date(sinceMs).toISOString()}: ${JSON.stringify(heard)}`);
  return findings.length > 0 || late || buyers.asking.unanswered.length > 0 ? 1 : 0;
}

/** In the seconds that the lines of the drill begin with, so that it can be seen in the middle of what it was bought. */
function whenOf({ by, answeredMs, ticketsMs }: Purchase): string {
  const at = (ms: number) => `${((ms - performance.timeOrigin) / 1_000).toFixed(1)} s`;
  return ` (answered at ${at(answeredMs)} by ${by}${ticketsMs === undefined ? '' : `, tickets at ${at(ticketsMs)}`})`;
}

/** Split brain: nobody serves beside one who serves. */
async function refuseBoth({ west, platforms, stores, sale, say }: Drill): Promise<void> {
  say('west is told to serve beside east');
  await west.setRole('Active');
  await platforms.untilCondition('west', 'RegionReady', { status: 'False', reason: 'Fenced' }, MINUTE);
  const words = platforms.condition('west', 'RegionReady')?.message ?? '';
  const { wanted } = await west.scale();
  if (wanted > 0 || !(await follows(stores.west))) throw new Error('two regions serve at once');
  const there = await sale.in(west);
  if (there.phase !== 'Standby') throw new Error(`the sale is ${there.phase} in west, too`);
  say(`refused: ${words}`);
  await west.setRole('Standby');
  await platforms.untilCondition('west', 'RegionReady', { status: 'True', reason: 'Standby' }, MINUTE);
}

/** East is lost and west promoted; seconds are those after the first blow. */
async function failOver({ east, west, platforms, stores, sale, buyers, cluster, say }: Drill) {
  const cutMs = await east.cut();
  const after = (ms: number) => Number(((ms - cutMs) / 1_000).toFixed(1));
  say('east is lost: stores, pods and operator are gone');
  await west.setRole('Active');
  const roleEdited = after(Date.now());
  const promoted = after(await platforms.untilCondition('west', 'RegionReady', { status: 'True' }, 3 * MINUTE));
  say(`west is promoted ${promoted} s after the cut`);
  const missing = await missingIn(stores.west, buyers.purchases);
  const on = { status: 'True', message: /All triggers are on/ };
  const running = { status: 'True', reason: 'AsSpecified' };
  const [triggersOn, endpointPublished, saleTakenOver, podsReady] = await Promise.all([
    platforms.untilCondition('west', 'TriggersReady', on, 5 * MINUTE),
    platforms.until('west', 'endpoint', ({ status }) => status?.endpoints?.gateway !== undefined, 5 * MINUTE),
    sale.becomes(west, 'Open', 2 * MINUTE),
    platforms.untilCondition('west', 'WorkloadsReady', running, 5 * MINUTE),
  ]);
  const url = endpointOf(cluster, west.plan.nodePort);
  const answered = () => buyers.purchases.filter(({ by }) => by === url);
  await until('an order is answered by west', async () => answered().length > 0, 5 * MINUTE);
  const ticketed = () => answered().flatMap(({ ticketsMs }) => ticketsMs ?? []);
  await until('tickets are given by west', async () => ticketed().length > 0, 3 * MINUTE);
  const { term } = await sale.in(west);
  if (term !== 2) throw new Error(`west has the gate of the sale under term ${term}`);
  const steps = {
    ...{ roleEdited, promoted, triggersOn: after(triggersOn), endpointPublished: after(endpointPublished) },
    saleTakenOver: after(saleTakenOver),
    ...{ podsReady: after(podsReady), firstOrder: after(Math.min(...answered().map(({ answeredMs }) => answeredMs))) },
    firstTicket: after(Math.min(...ticketed())),
  };
  say(`seconds after the cut: ${JSON.stringify(steps)}`);
  const rpoSeconds = Math.max(0, ...missing.map((answeredMs) => -after(answeredMs)));
  return { after: steps, rpoSeconds, missing: missing.length };
}

/** A region that was replaced, and that nobody told. */
async function comeBackFenced({ east, platforms, stores, sale, say }: Drill): Promise<void> {
  say('east comes back');
  await east.comeBack();
  await platforms.untilCondition('east', 'RegionReady', { status: 'False', reason: 'Fenced' }, 3 * MINUTE);
  await until('east takes no writes', async () => !(await takesWrites(stores.east)), MINUTE);
  const published = platforms.of('east')?.status?.endpoints?.gateway;
  const { wanted } = await east.scale();
  if (wanted > 0 || published !== undefined)
    throw new Error(`east wants ${wanted} replicas and publishes ${published}`);
  await sale.becomes(east, 'Standby', MINUTE);
  if ((await sale.in(east)).prescaled) throw new Error('the sale holds capacity in east');
  say('east is fenced: read-only, at zero, without an endpoint; its sale stands by');
}

/** The end of the sale comes from Git, to both regions; what was raised goes back where it is. */
async function endSale({ east, west, sale }: Drill): Promise<object> {
  await sale.apply(Date.now());
  await sale.becomes(east, 'ScaledDown', 2 * MINUTE);
  const [here, there] = [await sale.in(east), await sale.in(west)];
  if (here.prescaled || there.prescaled || there.phase !== 'Standby')
    throw new Error(`after the sale: east ${JSON.stringify(here)}, west ${JSON.stringify(there)}`);
  return { east: here.phase, west: there.phase, term: here.term };
}

/** Seconds from the edit until the first region answers orders again. */
async function switchBack(drill: Drill, calm: () => Promise<void>): Promise<number> {
  const { east, west, platforms, stores, buyers, cluster, say } = drill;
  say('switching back: the stores of east follow those of west');
  await standBy(drill, east);
  await follow(stores.east, stores.west);
  await calm();
  const editedMs = Date.now();
  await standBy(drill, west);
  await east.setRole('Active');
  await platforms.untilCondition('east', 'RegionReady', { status: 'True', reason: 'AsSpecified' }, 3 * MINUTE);
  const url = endpointOf(cluster, east.plan.nodePort);
  const answers = () =>
    buyers.purchases.filter(({ by, answeredMs }) => by === url && answeredMs > editedMs).map((one) => one.answeredMs);
  await until('an order is answered by east again', async () => answers().length > 0, 5 * MINUTE);
  const seconds = Number(((Math.min(...answers()) - editedMs) / 1_000).toFixed(1));
  say(`east sells again ${seconds} s after the edit`);
  return seconds;
}

async function standBy({ platforms }: Drill, region: Region): Promise<void> {
  await region.setRole('Standby');
  await platforms.untilCondition(region.name, 'RegionReady', { status: 'True', reason: 'Standby' }, 2 * MINUTE);
}
