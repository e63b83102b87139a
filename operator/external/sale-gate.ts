import { createHash, randomBytes } from 'node:crypto';
import { GATE_FIELD, redisKey } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { commitment } from '#runtime/permutation.ts';
import { type LuaScript, type Redis, runScript } from '#runtime/redis.ts';
import type { Adapter, Change } from './adapter.ts';
import { CLOSE_GATE, WRITE_GATE } from './sale-gate-scripts.ts';

/** What the gate of one sale shall say. Instants are Unix ms by Redis time, spans ms. */
export interface DesiredGate {
  readonly eventId: string;
  /** Of the EventSale that sends this. */
  readonly saleUid: string;
  /** Left out where no other region may go on with it. */
  readonly region?: GateRegion;
  /** The opening that was accepted, and what was decided about it. */
  readonly announcedAtMs?: number;
  readonly decided?: string;
  readonly generation: number;
  readonly fencingToken: number;
  readonly preQueueAtMs: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly armedAtMs: number;
  readonly paused: boolean;
  readonly message: string;
  readonly admissionsPerMinute: number;
  readonly maxConcurrentCheckouts: number;
  /** 0: no limit. */
  readonly maxQueueLength: number;
  readonly checkoutTtlMs: number;
  readonly claimWindowMs: number;
  /** Silence that costs a waiting buyer the place; 0 or left out: never. */
  readonly idleTimeoutMs?: number;
  readonly ordering: 'ShuffleThenFIFO' | 'FIFO';
}

/** One region's hold on a sale that several know. */
export interface GateRegion {
  /** The sale as all of them know it. */
  readonly sale: string;
  /** `namespace/platform@region`, for people. */
  readonly name: string;
  /** Of the lease. */
  readonly term: number;
  /** Numbers that another one may have given and that are not known here. */
  readonly voidMargin: number;
}

export interface ObservedGate {
  /** The hash as it stands; undefined when there is none. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** The event is listed among the rooms. */
  readonly listed: boolean;
  /** Redis time minus our time, ms; positive when Redis is ahead. */
  readonly offsetMs: number;
  /** Half of it is the uncertainty of the offset. */
  readonly roundTripMs: number;
}

export interface GateChange extends Change {
  readonly desired: DesiredGate;
}

/** A write that Redis refused, and which nothing but another decision can mend. */
export class GateRefused extends Error {
  override readonly name = 'GateRefused';
  /** FENCED: another operator leads. TAKEN: another live sale has this event. OPEN: what has opened does not move. */
  readonly verdict: 'FENCED' | 'TAKEN' | 'OPEN';
  constructor(verdict: 'FENCED' | 'TAKEN' | 'OPEN', message: string) {
    super(message);
    this.verdict = verdict;
  }
}

export interface SaleGate extends Omit<Adapter<DesiredGate, ObservedGate, GateChange>, 'remove'> {
  /** `forget`: no other region may go on with it, because the sale itself is gone. */
  remove(desired: DesiredGate, signal: AbortSignal, options?: { readonly forget?: boolean }): Promise<void>;
}

/** Whether a gate obeys this sale: its own, or one that it inherits from a region that has lost the lease. As the scripts do. */
export function obeys(fields: Readonly<Record<string, string>>, { saleUid, region }: DesiredGate): boolean {
  if ((fields[GATE_FIELD.ownerUid] ?? fields[GATE_FIELD.saleUid]) === saleUid) return true;
  const term = Number(fields[GATE_FIELD.regionTerm] ?? 0);
  return region !== undefined && fields[GATE_FIELD.sale] === region.sale && term > 0 && term < region.term;
}

/** The gate of docs/contracts.md: data that the waitroom compares with Redis time, so that opening needs nobody. */
export function createSaleGate(redis: Redis, clock: Clock, random: (size: number) => Buffer = randomBytes): SaleGate {
  async function run(script: LuaScript, gate: DesiredGate, args: readonly (string | number)[]): Promise<string> {
    const { fencingToken, saleUid, region } = gate;
    const [verdict, detail, term] = (await runScript(
      redis,
      script,
      [redisKey.gate(gate.eventId)],
      [fencingToken, saleUid, region?.sale ?? '', region?.term ?? 0, ...args],
    )) as [string, string?, string?];
    if (verdict === 'FENCED' || verdict === 'TAKEN' || verdict === 'OPEN')
      throw new GateRefused(verdict, refusal(verdict, detail ?? '', Number(term ?? 0), gate));
    return verdict;
  }

  return {
    async observe({ eventId }) {
      const sentAt = clock.now();
      const started = clock.monotonic();
      const [seconds, micros] = await redis.time();
      const roundTripMs = clock.monotonic() - started;
      const redisNow = Number(seconds) * 1000 + Number(micros) / 1000;
      const [fields, listed] = await Promise.all([
        redis.hgetall(redisKey.gate(eventId)),
        redis.sismember(redisKey.rooms(), eventId),
      ]);
      return {
        fields: Object.keys(fields).length === 0 ? undefined : fields,
        listed: listed === 1,
        offsetMs: redisNow - (sentAt + roundTripMs / 2),
        roundTripMs,
      };
    },

    diff(desired, observed) {
      const { fields } = observed;
      if (fields === undefined)
        return [{ target: `gate ${desired.eventId}`, action: 'create', reason: 'there is no gate', desired }];
      const wanted = { ...gateFields(desired), [GATE_FIELD.ownerUid]: desired.saleUid };
      const wrong = Object.entries(wanted)
        .filter(([name, value]) => fields[name] !== value)
        .map(([name]) => name);
      if (!isProperSeed(fields)) wrong.push(GATE_FIELD.seed);
      if (!observed.listed) wrong.push('rooms');
      return wrong.length === 0
        ? []
        : [{ target: `gate ${desired.eventId}`, action: 'update', reason: `${wrong.join(', ')} differ`, desired }];
    },

    async apply(changes) {
      for (const { desired } of changes) {
        const seed = random(32);
        const pairs = Object.entries(gateFields(desired)).flat();
        await run(WRITE_GATE, desired, [seed.toString('hex'), commitment(seed), ...pairs]);
        // Another slot of a Redis Cluster, so not part of the script; a room that is not listed is listed at the next pass.
        await redis.sadd(redisKey.rooms(), desired.eventId);
      }
    },

    async remove(desired, _signal, { forget = false } = {}) {
      try {
        await run(CLOSE_GATE, desired, [forget ? 1 : 0, ...Object.entries(memoryFields(desired)).flat()]);
      } catch (error) {
        // Another sale's gate is not ours to close.
        if (error instanceof GateRefused && error.verdict === 'TAKEN') return;
        throw error;
      }
    },
  };
}

/** The fields that the operator decides, as Redis holds them. Seed, owner and fencing token are the script's. */
function gateFields(gate: DesiredGate): Record<string, string> {
  return {
    [GATE_FIELD.preQueueAtMs]: String(gate.preQueueAtMs),
    [GATE_FIELD.opensAtMs]: String(gate.opensAtMs),
    [GATE_FIELD.closesAtMs]: String(gate.closesAtMs),
    [GATE_FIELD.armedAtMs]: String(gate.armedAtMs),
    [GATE_FIELD.admissionsPerMinute]: String(gate.admissionsPerMinute),
    // One second's worth: the room fills its slots at the declared rate, not in one gulp.
    [GATE_FIELD.burst]: String(Math.ceil(gate.admissionsPerMinute / 60)),
    [GATE_FIELD.maxConcurrentCheckouts]: String(gate.maxConcurrentCheckouts),
    [GATE_FIELD.maxQueueLength]: String(gate.maxQueueLength),
    [GATE_FIELD.checkoutTtlMs]: String(gate.checkoutTtlMs),
    [GATE_FIELD.claimWindowMs]: String(gate.claimWindowMs),
    [GATE_FIELD.idleTimeoutMs]: String(gate.idleTimeoutMs ?? 0),
    [GATE_FIELD.paused]: gate.paused ? '1' : '0',
    [GATE_FIELD.message]: gate.message,
    [GATE_FIELD.ordering]: gate.ordering,
    [GATE_FIELD.generation]: String(gate.generation),
    [GATE_FIELD.voidMargin]: String(gate.region?.voidMargin ?? 1_000),
    ...memoryFields(gate),
  };
}

/** What another region must know to go on where this one stopped. */
function memoryFields({ region, announcedAtMs, decided }: DesiredGate): Record<string, string> {
  return {
    [GATE_FIELD.sale]: region?.sale ?? '',
    [GATE_FIELD.region]: region?.name ?? '',
    [GATE_FIELD.regionTerm]: String(region?.term ?? 0),
    [GATE_FIELD.announcedAtMs]: String(announcedAtMs ?? 0),
    [GATE_FIELD.decided]: decided ?? '',
  };
}

/** The published commitment must be that of the seed, or no buyer can check the draw. */
function isProperSeed(fields: Readonly<Record<string, string>>): boolean {
  const seed = fields[GATE_FIELD.seed] ?? '';
  if (!/^[0-9a-f]{64}$/.test(seed)) return false;
  return createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex') === fields[GATE_FIELD.seedCommitment];
}

function refusal(verdict: 'FENCED' | 'TAKEN' | 'OPEN', detail: string, term: number, gate: DesiredGate): string {
  switch (verdict) {
    case 'FENCED':
      if (term !== (gate.region?.term ?? 0))
        return `the gate was written under term ${term} of the region's lease, and this platform has term ${gate.region?.term ?? 0}: another region serves; without one, set spec.region.failover of the platform again`;
      return `the gate was written by a newer leader (fencing token ${detail}, ours is ${gate.fencingToken})`;
    case 'TAKEN':
      return `event ${gate.eventId} has a live gate of another EventSale (uid ${detail}): delete that one, or give this one another spec.event.id`;
    case 'OPEN':
      return `the doors opened at ${new Date(Number(detail)).toISOString()} and cannot be moved`;
  }
}
