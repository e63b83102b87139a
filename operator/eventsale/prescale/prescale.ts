import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { describe } from '#operator/external/gateway-calls.ts';
import type { ObservedGate } from '#operator/external/sale-gate.ts';
import type { Ticketing } from '#operator/external/ticketing.ts';
import { canonicalHash } from '#operator/kube/canonical-hash.ts';
import type { ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Redis } from '#runtime/redis.ts';
import type { CapacityPlan } from '../capacity.ts';
import { MODEL } from '../capacity-model.ts';
import { WEBHOOK_FUNCTION, webhookFunction } from '../identity.ts';
import { BooksWatch } from '../live-figures.ts';
import type { PlatformLinks } from '../platform-links.ts';
import type { SaleTimes } from '../schedule.ts';
import { webhookEnvironments } from '../store-plan.ts';
import { type Budget, raiseBudgets } from './disruption-budgets.ts';
import { publishEvent } from './event.ts';
import { connectionsLine, megabytesToProve, redisLine } from './headroom.ts';
import { type FloorScope, raiseFloors } from './hpa-floors.ts';
import { loadInventory } from './inventory.ts';
import { guarded, type PrescaleLine } from './line.ts';
import { type FreeRoom, nodesLine } from './nodes.ts';
import { placeholderLine } from './placeholders.ts';
import { platformLines } from './platform-parts.ts';
import { ordersTableLine, webhookLine } from './serverless.ts';
import { clockLine } from './waitroom-gate.ts';
import { servingLine, warmKey, warmUp } from './warm-up.ts';
import { type Deployment, workloadLines } from './workloads.ts';

export interface PrescaleScope extends FloorScope {
  readonly sale: EventSale;
  readonly platform: TicketBottlePlatform;
  readonly eventId: string;
  readonly times: SaleTimes;
  readonly capacity: CapacityPlan;
  readonly ticketing: Ticketing;
  readonly redis: Redis;
  readonly links: PlatformLinks;
  readonly budgetOf: (service: ServiceName) => Budget | undefined;
  readonly deploymentOf: (service: ServiceName) => Deployment | undefined;
  readonly gate: ObservedGate | undefined;
  readonly memory: PrescaleMemory;
  /** Of the platform: what all its sales share is looked at once for all of them. */
  readonly shared: PrescaleMemory;
  readonly freeRoom: FreeRoom;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What was found ready is not asked again for this long, as long as its key stays the same. */
const READY_FOR_MS = 60_000;
const SERVING_FOR_MS = 10_000;
const SHARED_FOR_MS = 30_000;
const SHARED_WITHIN_MS = 4_000;

/** Needs that differ from one sale to the next, and from one hour to the next, are different lines. */
const MAX_LINES = 200;

/** Lines of one sale, or of a platform, that cost calls to find out. Losing it costs a few calls, nothing else. */
export class PrescaleMemory {
  /** Monotonic ms of the last look at the orders' ledger. */
  ordersReadAt = Number.NEGATIVE_INFINITY;
  readonly books = new BooksWatch();
  readonly #lines = new Map<string, { key: string; at: number; line: PrescaleLine }>();

  async recall(
    what: string,
    key: string,
    forMs: number,
    clock: Clock,
    find: () => Promise<PrescaleLine>,
  ): Promise<PrescaleLine> {
    const known = this.#lines.get(what);
    if (known?.line.ready && known.key === key && clock.monotonic() - known.at < forMs) return known.line;
    const line = await find();
    if (this.#lines.size >= MAX_LINES) this.#lines.clear();
    this.#lines.set(what, { key, at: clock.monotonic(), line });
    return line;
  }
}

/**
 * Brings everything that a sale needs to where it must be, and tells how far that is, one line per thing. What fails is a
 * line that is not ready; this throws only when the reconcile was aborted. Rehearsal and gate add their lines elsewhere.
 */
export async function prescale(scope: PrescaleScope): Promise<PrescaleLine[]> {
  const { sale, platform, floors, memory, clock, times, signal } = scope;
  const content = canonicalHash([sale.metadata.generation, times.opensAt, times.closesAt, times.preQueueAt]);
  const [raised, budgets, shared, event, inventory, serving] = await Promise.all([
    raiseFloors(scope),
    raiseBudgets(scope),
    sharedLines(scope),
    memory.recall('event', content, READY_FOR_MS, clock, () =>
      guarded('event', 'PUBLISHED', signal, () => publishEvent(scope)),
    ),
    memory.recall('inventory', content, READY_FOR_MS, clock, () =>
      guarded('inventory', 'ticket classes', signal, () => loadInventory(scope)),
    ),
    memory.recall('serving', '', SERVING_FOR_MS, clock, () => servingLine(warmScope(scope))),
  ]);
  const workloads = workloadLines(platform, floors, scope.deploymentOf);
  const standing = workloads.every((line) => line.ready) && event.ready && inventory.ready && serving.ready;
  const warm = standing
    ? await memory.recall('warm-up', warmKey(workloads), Number.POSITIVE_INFINITY, clock, () =>
        guarded('warm-up', 'warm reads', signal, () => warmUp(warmScope(scope))),
      )
    : notYet('warm-up', 'warm reads', 'comes once replicas, event and inventory are ready');
  return [
    ...platformLines(platform),
    ...capacityLine(scope.capacity),
    ...raised,
    ...budgets,
    ...workloads,
    ...shared,
    event,
    inventory,
    serving,
    clockLine(scope.gate),
    warm,
  ];
}

/** Of the platform, where a thing cannot be asked at all. */
const SEE: Readonly<Record<string, string>> = {
  'lambda/webhooks': 'spec.aws and FunctionsReady of the platform',
  dynamodb: 'spec.orders and OrdersTableReady of the platform',
  redis: 'spec.redis and RedisReachable of the platform',
  postgres: 'spec.postgres and DatabasesReady of the platform',
};

/** What all sales of a platform share; each fails for itself, as a line. */
async function sharedLines(scope: PrescaleScope): Promise<PrescaleLine[]> {
  const { platform, capacity, floors, links, redis, shared, clock, signal } = scope;
  const environments = webhookEnvironments(capacity.stores);
  const writes = Math.ceil(MODEL.storeMargin * needOf(capacity, 'dynamodb'));
  const megabytes = megabytesToProve(needOf(capacity, 'redis'), scope.sale, scope.times, clock.now());
  const recall = (what: string, want: string, key: unknown, find: (soon: AbortSignal) => Promise<PrescaleLine>) =>
    shared.recall(`${what} ${canonicalHash(key)}`, '', SHARED_FOR_MS, clock, () =>
      guarded(what, want, signal, () => soon(signal, find), SEE[what]),
    );
  const webhooks = platform.spec.lambda.functions[WEBHOOK_FUNCTION]?.managed !== false;
  const lines = await Promise.all([
    ...(webhooks
      ? [
          recall('lambda/webhooks', 'warm environments', environments, (within) =>
            webhookLine(links.cloudOf(platform), webhookFunction(platform), environments, within),
          ),
        ]
      : []),
    recall('dynamodb', `${writes} writes/s`, writes, (within) =>
      ordersTableLine(links.cloudOf(platform), platform.spec.orders.table, writes, within),
    ),
    recall('redis', 'a primary with memory left', megabytes, () => redisLine(redis, megabytes)),
    recall('postgres', 'connections', floors, (within) =>
      connectionsLine(platform, floors, links.postgresOf(platform), within),
    ),
    guarded('nodes', 'room for every replica', signal, () =>
      soon(signal, (within) => nodesLine({ ...scope, signal: within })),
    ),
  ]);
  const gateway = scope.deploymentOf('gateway');
  try {
    return [...lines, ...(await placeholderLine({ sale: scope.sale, gateway, client: scope.client, signal }))];
  } catch (error) {
    signal.throwIfAborted();
    const want = `${scope.sale.spec.placeholders?.replicas} running`;
    return [...lines, { what: 'placeholders', want, have: 'unknown', ready: false, message: describe(error) }];
  }
}

/** A store that hangs must not hold up the pass, and with it the decision about the opening. */
async function soon<T>(signal: AbortSignal, find: (within: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(SHARED_WITHIN_MS);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error(`no answer within ${SHARED_WITHIN_MS / 1000} s`)), {
      once: true,
    });
  });
  return await Promise.race([find(AbortSignal.any([signal, limit])), late]);
}

function needOf({ stores }: CapacityPlan, name: CapacityPlan['stores'][number]['store']): number {
  return stores.find(({ store }) => store === name)?.need ?? 0;
}

function warmScope(scope: PrescaleScope) {
  const { eventId, ticketing, floors, signal } = scope;
  return { eventId, ticketing, signal, gatewayReplicas: Math.max(1, floors.gateway ?? 1) };
}

/** A platform that can carry nobody must not open at all. */
function capacityLine({ admission }: CapacityPlan): PrescaleLine[] {
  if (admission.safePerMinute > 0) return [];
  return [
    {
      what: 'capacity',
      want: 'at least one admission per minute',
      have: 'none',
      ready: false,
      message: `${admission.limitedBy ?? 'a service'} cannot carry anybody: raise its replicas.max in the platform`,
    },
  ];
}

function notYet(what: string, want: string, message: string): PrescaleLine {
  return { what, want, have: 'not yet', ready: false, message };
}
