import { durationMs } from '#runtime/duration.ts';
import { conditionOf } from '../../api/conditions.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import type { AwsAccess } from '../../external/aws-clients.ts';
import { dynamoDbClient } from '../../external/dynamodb.ts';
import { type RegionLease, regionLease } from '../../external/region-lease.ts';
import {
  postgresInRegion,
  type RegionStore,
  redisInRegion,
  type StreamPosition,
} from '../../external/region-stores.ts';
import { isActive } from '../cloud.ts';
import { ordersTable } from '../components/orders-table.ts';
import type { Finding } from '../external-memo.ts';
import { lookAfter } from '../look-after.ts';
import type { Pass } from '../pass.ts';
import { postgresAccess, redisAccess, withLog } from '../store-access.ts';
import { type Behind, behindOf, nextRegionStep, type RegionFacts, type RegionStep } from './promotion.ts';

/** The lease is renewed four times before it runs out. */
const RENEWALS = 4;
/** While something passes by itself: another's lease, a store that catches up. */
const AGAIN_MS = 2_000;
/** A promotion takes the lease, two stores, and a look at the end. */
const MOST_STEPS = 8;

interface Standing {
  readonly serving: boolean;
  readonly lease: RegionLease | undefined;
  readonly behind: readonly Behind[];
}

/**
 * RegionReady: this region serves alone, or follows. Returns the platform as the rest of the story shall see it: one that may
 * not serve is a standby, whatever its spec says.
 */
export async function lookAfterRegion(pass: Pass, aws: AwsAccess | undefined): Promise<TicketBottlePlatform> {
  const { platform, report, observeOnly } = pass;
  const { failover, role } = platform.spec.region;
  if (failover === undefined || observeOnly) {
    const why =
      failover === undefined ? 'spec.region.failover names no other region' : 'Only looking: who serves is left alone';
    report.say('RegionReady', 'True', 'NotUsed', why);
    return platform;
  }
  const [postgres, redis] = [postgresAccess(pass), redisAccess(pass)];
  const before = platform.status?.region;
  if (aws === undefined || postgres === undefined || redis === undefined) {
    report.say('RegionReady', 'False', 'WaitingForDependency', 'Waits for Secrets: see SecretsReady');
    return inRole(pass, asBefore(platform));
  }
  const stores = [postgresInRegion(postgres), redisInRegion(withLog(redis, pass.ctx.log))];
  const { access, desired } = ordersTable(pass, aws);
  const inputs = [failover, role, selfOf(platform), access, desired.name, postgres, redis];
  const found = await lookAfter<Standing>(pass, 'RegionReady', inputs, async (signal) => {
    const client = dynamoDbClient(access);
    try {
      return await stepByStep(platform, regionLease(client, desired.name), stores, () => pass.ctx.clock.now(), signal);
    } finally {
      client.destroy();
    }
  });
  if (found === undefined) return inRole(pass, asBefore(platform));
  const { serving, lease } = found;
  report.behind = found.behind;
  const term = serving ? lease?.term : before?.term;
  return inRole(pass, {
    serving,
    ...(term === undefined ? {} : { term }),
    ...(lease === undefined ? {} : { holder: lease.holder }),
  });
}

/** As leases and conditions name it. */
export function selfOf({ metadata, spec }: TicketBottlePlatform): string {
  return `${metadata.namespace}/${metadata.name}@${spec.region.name}`;
}

/** While nothing can be known nothing changes: who serves goes on, also one that served before it had `failover`. */
function asBefore({ status }: TicketBottlePlatform) {
  if (status?.region !== undefined) return status.region;
  return { serving: conditionOf(status?.conditions, 'WorkloadsReady')?.reason === 'AsSpecified' };
}

function inRole(
  { platform, report }: Pass,
  standing: NonNullable<NonNullable<TicketBottlePlatform['status']>['region']>,
): TicketBottlePlatform {
  const serving = standing.serving === true && isActive(platform);
  report.region = { ...standing, serving };
  const { spec } = platform;
  return serving ? platform : { ...platform, spec: { ...spec, region: { ...spec.region, role: 'Standby' } } };
}

/** Steps until there is none, or one that must wait. */
async function stepByStep(
  platform: TicketBottlePlatform,
  leases: ReturnType<typeof regionLease>,
  stores: readonly RegionStore[],
  now: () => number,
  signal: AbortSignal,
): Promise<Finding<Standing>> {
  const { role, failover } = platform.spec.region;
  if (failover === undefined) throw new Error('spec.region.failover is not set');
  const leaseMs = durationMs(failover.lease);
  const common = {
    ...{ self: selfOf(platform), role, leaseMs, promotes: failover.promotes },
    ...{ maxLagMs: durationMs(failover.maxLag), acceptLossOfTerm: failover.acceptDataLossOfTerm },
  };
  const applied: { target: string; action: 'update'; reason: string }[] = [];
  const did = (target: string, reason: string) => applied.push({ target, action: 'update', reason });
  // Of a provider's stores we only look at the place they have.
  const ours = failover.promotes === 'Operator' ? stores : [];
  const finding = (
    state: Finding<Standing>['state'],
    step: RegionStep,
    lease: RegionLease | undefined,
    againMs: number,
    behind: readonly Behind[] = [],
  ) => ({
    ...{ state, ...said(step, common.self, lease), plan: [], applied, againMs },
    value: { serving: step.kind === 'serve', lease, behind },
  });
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const lease = await leases.read(signal);
    const facts: RegionFacts = { ...common, nowMs: now(), lease, stores: await observe(stores, signal) };
    const step = nextRegionStep(facts);
    switch (step.kind) {
      case 'take-lease':
        if (await leases.write(step.next, lease, signal)) did('region', `serves under term ${step.next.term}`);
        break;
      case 'promote':
        await stores.find(({ name }) => name === step.store)?.promote(signal);
        did(step.store, 'is promoted');
        break;
      case 'serve':
        // A store that was fenced takes writes again.
        if (lease?.term !== platform.status?.region?.term) for (const store of ours) await store.promote(signal);
        if (!(await leases.write(step.next, lease, signal))) break;
        for (const store of ours) await store.beat(signal);
        return finding('ready', step, step.next, leaseMs / RENEWALS);
      case 'step-down': {
        for (const store of ours) await store.fence(signal);
        for (const store of ours) await store.beat(signal);
        const next = { ...step.lease, renewedMs: now(), released: true, ends: await endsOf(ours, signal) };
        if (await leases.write(next, lease, signal)) did('region', `stepped down from term ${next.term}`);
        break;
      }
      case 'stand-by':
        return finding('ready', step, lease, leaseMs / RENEWALS, behindOf(facts));
      case 'refuse':
        // What was written here before must not be written on.
        if (step.reason === 'Fenced') for (const store of ours) await store.fence(signal);
        return finding('waiting', step, lease, AGAIN_MS);
      default:
        step satisfies never;
    }
  }
  throw new Error(`the region did not come to its role in ${MOST_STEPS} steps: somebody else writes the lease as well`);
}

async function observe(stores: readonly RegionStore[], signal: AbortSignal): Promise<RegionFacts['stores']> {
  return await Promise.all(
    stores.map(async (store) => ({
      name: store.name,
      state: await store.observe(signal).catch(() => {
        signal.throwIfAborted();
        return undefined;
      }),
    })),
  );
}

/** Of stores that take no writes any more: what a region that follows must have before it may serve. */
async function endsOf(stores: readonly RegionStore[], signal: AbortSignal): Promise<Record<string, StreamPosition>> {
  const ends: Record<string, StreamPosition> = {};
  for (const store of stores) {
    const { role, position } = await store.observe(signal);
    if (role === 'primary' && position !== undefined) ends[store.name] = position;
  }
  return ends;
}

function said(step: RegionStep, self: string, lease: RegionLease | undefined) {
  switch (step.kind) {
    case 'refuse':
      return { reason: step.reason, message: step.why };
    case 'stand-by': {
      const serves =
        lease === undefined || lease.released ? 'nobody serves' : `${lease.holder} serves (term ${lease.term})`;
      return { reason: 'Standby' as const, message: `This region follows: ${serves}` };
    }
    default:
      return { reason: 'AsSpecified' as const, message: `${self} serves alone (term ${lease?.term})` };
  }
}
