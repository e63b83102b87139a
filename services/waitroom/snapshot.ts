import { GATE_FIELD } from '#proto/names.ts';
import { numberAt, place } from '#runtime/permutation.ts';

/** The gate as the operator wrote it; times in Unix ms. */
export interface Gate {
  readonly preQueueAtMs: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly admissionsPerMinute: number;
  readonly maxConcurrentCheckouts: number;
  /** Silence after which a waiting account loses its place; 0: never. */
  readonly idleTimeoutMs: number;
  readonly paused: boolean;
  readonly message: string;
  readonly seedCommitment: string;
  readonly generation: number;
}

/** The room at one instant of Redis time. Counts are of accounts; `served` and `issued` are places and numbers. */
export interface RoomSnapshot {
  readonly nowMs: number;
  readonly waiting: number;
  readonly active: number;
  /** Every place up to it has claimed, left or let its window pass. */
  readonly lapsedTo: number;
  readonly sweptTo: number;
  /** Numbers that left before the draw and whose places are not known to the room yet. */
  readonly pendingGone: number;
  /** Undefined: nobody has armed this room. */
  readonly gate: Gate | undefined;
  readonly epoch: number;
  readonly seq: number;
  readonly issued: number;
  readonly served: number;
  readonly draw: Draw | undefined;
  /** Hash of the seed: the gate's until the draw, then the one that was drawn with. */
  readonly seedCommitment: string;
  readonly soldOut: boolean;
  readonly ratePerSecond: number;
  readonly admitted: number;
  /** Left, fell silent, or let the claim window pass. */
  readonly abandoned: number;
  /** Of the abandoned: those that fell silent. */
  readonly idled: number;
  /** Tokens given past the queue; not among the admitted. */
  readonly bypassed: number;
  /** Numbers that nobody holds: left out after a failover of Redis. */
  readonly voided: number;
  /** Failovers of Redis that this room lived through. */
  readonly failovers: number;
  readonly firstAdmissionMs: number | undefined;
}

/** What turns numbers into places; exists from the opening on. */
export interface Draw {
  /** N: numbers up to it were shuffled, later ones are their own place. */
  readonly shuffledCount: number;
  /** Hex of 32 bytes. */
  readonly seed: string;
}

/** The place, from 1, of a number, from 1. */
export function placeOf(number: number, draw: Draw): number {
  if (number > draw.shuffledCount) return number;
  return place(Buffer.from(draw.seed, 'hex'), number - 1, draw.shuffledCount) + 1;
}

/** The number that drew a place: inverse of `placeOf`. */
export function numberOf(placeWanted: number, draw: Draw): number {
  if (placeWanted > draw.shuffledCount) return placeWanted;
  return numberAt(Buffer.from(draw.seed, 'hex'), placeWanted - 1, draw.shuffledCount) + 1;
}

export type RoomStateName = 'NOT_ARMED' | 'PRE_QUEUE' | 'OPEN' | 'PAUSED' | 'SOLD_OUT' | 'CLOSED';

/**
 * NOT_ARMED: no gate, or nobody may join yet. OPEN, PAUSED and SOLD_OUT are said only once the draw stands, so whoever
 * hears them can compute places.
 */
export function roomState(snapshot: RoomSnapshot): RoomStateName {
  const { gate, nowMs, draw } = snapshot;
  if (gate === undefined) return 'NOT_ARMED';
  if (nowMs >= gate.closesAtMs) return 'CLOSED';
  if (draw === undefined) return nowMs < gate.preQueueAtMs ? 'NOT_ARMED' : 'PRE_QUEUE';
  if (snapshot.soldOut) return 'SOLD_OUT';
  return gate.paused || nowMs < gate.opensAtMs ? 'PAUSED' : 'OPEN';
}

/** Ms between two ticks: short while it costs little, seconds when every tick goes to hundreds of thousands. */
export function tickIntervalMs(waiting: number): number {
  if (waiting <= 500) return 500;
  if (waiting <= 100_000) return 1_000;
  return waiting <= 500_000 ? 2_000 : 5_000;
}

/** The answer of the scripts read, advance and tick. */
export function parseSnapshot(reply: unknown): RoomSnapshot {
  if (!Array.isArray(reply) || reply.length !== 7) throw new TypeError('not a snapshot of a room');
  const [now, waiting, active, lapsedTo, pendingGone, gateFields, roomFields] = reply;
  const room = fieldsOf(roomFields);
  const count = (name: string) => Number(room.get(name) ?? 0);
  const opened = room.has('openedAtMs');
  const firstAdmission = room.get('firstAdmissionMs');
  const gate = parseGate(fieldsOf(gateFields));
  return {
    nowMs: Number(now),
    waiting: Number(waiting),
    active: Number(active),
    lapsedTo: Number(lapsedTo),
    sweptTo: count('sweptTo'),
    pendingGone: Number(pendingGone),
    gate,
    seedCommitment: (opened ? room.get('commitment') : gate?.seedCommitment) ?? '',
    epoch: count('epoch'),
    seq: count('seq'),
    issued: count('issued'),
    served: count('served'),
    draw: opened ? { shuffledCount: count('shuffledCount'), seed: room.get('seed') ?? '' } : undefined,
    soldOut: room.get('soldOut') === '1',
    ratePerSecond: count('rate'),
    admitted: count('admitted'),
    abandoned: count('left') + count('lapsed'),
    idled: count('idled'),
    bypassed: count('bypassed'),
    voided: count('voided'),
    failovers: count('term'),
    firstAdmissionMs: firstAdmission === undefined ? undefined : Number(firstAdmission),
  };
}

function parseGate(fields: ReadonlyMap<string, string>): Gate | undefined {
  if (!fields.has(GATE_FIELD.opensAtMs)) return undefined;
  const number = (name: string, fallback = 0) => Number(fields.get(name) ?? fallback);
  return {
    preQueueAtMs: number(GATE_FIELD.preQueueAtMs),
    opensAtMs: number(GATE_FIELD.opensAtMs),
    closesAtMs: number(GATE_FIELD.closesAtMs, Number.POSITIVE_INFINITY),
    admissionsPerMinute: number(GATE_FIELD.admissionsPerMinute),
    maxConcurrentCheckouts: number(GATE_FIELD.maxConcurrentCheckouts),
    idleTimeoutMs: number(GATE_FIELD.idleTimeoutMs),
    paused: fields.get(GATE_FIELD.paused) === '1',
    message: fields.get(GATE_FIELD.message) ?? '',
    seedCommitment: fields.get(GATE_FIELD.seedCommitment) ?? '',
    generation: number(GATE_FIELD.generation),
  };
}

function fieldsOf(flat: unknown): ReadonlyMap<string, string> {
  if (!Array.isArray(flat)) throw new TypeError('not the fields of a hash');
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), String(flat[i + 1]));
  return fields;
}
