import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_FIELD, redisKey } from '#proto/names.ts';
import { freePort } from '#runtime/local/shop/shop-process.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';
import type { Finding } from './audit.ts';
import { type Fault, type FaultContext, freezeServer, pause, until } from './fault.ts';
import { openFront } from './front.ts';
import { SseCrowd } from './sse-crowd.ts';

const SLOTS = 40;
const JOINS_PER_SECOND = 40;
const CHECKOUT_MS = 60_000;

/** The waiting room under people who join, while it or its Redis goes away. The shop sells on meanwhile. */
export const room: readonly Fault[] = [
  {
    number: 6,
    name: 'waitroom-killed',
    title:
      'the waitroom killed under SSE streams while it admits, then the gateway that holds them: everybody comes back, nobody gets another number',
    async run(context) {
      const { shop, lasting, short } = context;
      await using front = await openFront(shop);
      const crowd = await Crowd.open(context);
      // A room of their own, in which nobody is let in yet: who waits keeps place and stream.
      const eventId = randomUUID();
      await openRoom(crowd.redis, eventId, { opensInMs: 3_600_000 });
      const streams = await SseCrowd.open(front, eventId, short ? 200 : 2_000);
      await streams.allHeard(performance.now());
      await shop.programs.waitroom.stop('SIGKILL');
      const waitroomGone = performance.now();
      await shop.programs.waitroom.start();
      const heardMs = await streams.allHeard(waitroomGone);
      const broken = streams.broken;
      await front.gateway.stop('SIGKILL');
      const gatewayGone = performance.now();
      await front.gateway.start();
      const backMs = await streams.allBack(gatewayGone);
      await pause(lasting(10_000, 4_000));
      streams.end();
      await crowd.redis.srem(redisKey.rooms(), eventId);
      return {
        note: `${streams.size} streams heard again ${heardMs.toFixed(0)} ms after the waitroom was killed, ${broken} had broken; all back ${backMs.toFixed(0)} ms after the gateway was; ${crowd.said}`,
        findings: [...streams.findings, ...(await crowd.close())],
      };
    },
  },
  {
    number: 8,
    name: 'redis-failover',
    title: 'Redis primary killed under joins, its replica promoted: no number twice, no place lost to somebody else',
    async run(context) {
      const crowd = await Crowd.open(context);
      const replica = await startReplica(context);
      await pause(3_000);
      const pid = context.shop.backing.pidOf('redis');
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await replica.promote();
      context.redis.turn(replica.address);
      await pause(context.lasting(15_000, 6_000));
      const findings = await crowd.close();
      // Back to the first one, empty of this room, for whoever comes next.
      await context.shop.backing.restart('redis', 'SIGTERM');
      context.redis.turn(context.shop.backing.redis.address);
      await replica.stop();
      return { note: crowd.said, findings };
    },
  },
  {
    number: 9,
    name: 'redis-stalled',
    title:
      'Redis stands still for half a minute, then has no memory left for writes: the room holds, nothing fails open',
    async run(context) {
      const crowd = await Crowd.open(context);
      await pause(2_000);
      const thaw = freezeServer(context.shop, 'redis');
      await pause(context.lasting(30_000, 5_000));
      thaw();
      await pause(2_000);
      await crowd.redis.config('SET', 'maxmemory', '1');
      await pause(1_000); // answers that were on their way
      const full = { numbers: crowd.numbers, claimed: crowd.claimed };
      await pause(context.lasting(10_000, 3_000));
      const given = crowd.numbers - full.numbers;
      const claimed = crowd.claimed - full.claimed;
      await crowd.redis.config('SET', 'maxmemory', '0');
      const after = crowd.numbers;
      await pause(context.lasting(10_000, 4_000));
      if (claimed > 0) crowd.violated('I6', `${claimed} let in while nothing could be written`);
      if (crowd.numbers === after) crowd.lost('I8', 'nobody could join after memory was there again');
      return { note: `${given} numbers given while memory was full; ${crowd.said}`, findings: await crowd.close() };
    },
  },
  {
    number: 21,
    name: 'clock-skew',
    title: 'clocks of waitroom and inventory five minutes ahead, then five behind: stores judge by their own',
    async run(context) {
      const { shop, lasting } = context;
      const crowd = await Crowd.open(context);
      const restart = async (name: 'waitroom' | 'inventory', env?: Record<string, string>) => {
        await shop.programs[name].stop('SIGTERM');
        await shop.programs[name].start(env);
      };
      for (const skewMs of [300_000, -300_000]) {
        for (const name of ['waitroom', 'inventory'] as const) {
          await restart(name, skewedBy(skewMs));
          await until(`the clock of ${name} is wrong`, async () => {
            return Math.abs(clockOf(shop, name) - Date.now() - skewMs) < 60_000;
          });
        }
        const before = crowd.claimed;
        await pause(lasting(20_000, 6_000));
        if (crowd.claimed === before) crowd.lost('I8', `nobody was let in by a clock that is ${skewMs} ms off`);
      }
      for (const name of ['waitroom', 'inventory'] as const) await restart(name);
      return { note: crowd.said, findings: await crowd.close() };
    },
  },
];

/** Environment of a Node program whose clock is wrong: the module runs before any other. */
function skewedBy(ms: number): Record<string, string> {
  const source = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + ${ms}); }
    static now() { return Real.now() + ${ms}; } };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
}

/** What time a program last wrote into its log. */
function clockOf(shop: FaultContext['shop'], name: string): number {
  const log = readFileSync(join(shop.backing.dir, 'logs', `${name}.log`), 'utf8');
  return Date.parse([...log.matchAll(/"time":"([^"]+)"/g)].at(-1)?.[1] ?? '');
}

interface Place {
  readonly userId: string;
  readonly epoch: string;
  readonly number: string;
}

/** People who join, join again, claim and leave; remembers every number it was told. */
class Crowd {
  readonly redis: Redis;
  readonly #context: FaultContext;
  readonly #eventId: string;
  readonly #places: Place[] = [];
  readonly #findings: Finding[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();
  #claimed = 0;
  #mostActive = 0;

  private constructor(context: FaultContext, redis: Redis, eventId: string) {
    this.#context = context;
    this.redis = redis;
    this.#eventId = eventId;
    this.#timers.push(setInterval(() => this.#run(this.#visit()), 1000 / JOINS_PER_SECOND));
    this.#timers.push(setInterval(() => this.#run(this.#look()), 150));
  }

  static async open(context: FaultContext): Promise<Crowd> {
    const { address } = context.shop.backing.redis;
    const redis = createRedis({
      address: context.redisAddress || address,
      log: silentLogger(),
      connectionName: 'faults',
    });
    const eventId = randomUUID();
    await openRoom(redis, eventId);
    return new Crowd(context, redis, eventId);
  }

  get numbers(): number {
    return this.#places.length;
  }

  get claimed(): number {
    return this.#claimed;
  }

  violated(invariant: string, detail: string): void {
    this.#findings.push({ kind: 'violated', invariant, detail });
  }

  lost(invariant: string, detail: string): void {
    this.#findings.push({ kind: 'lost', invariant, detail });
  }

  get said(): string {
    return `${this.#places.length} numbers given, ${this.#claimed} claimed, at most ${this.#mostActive} of ${SLOTS} inside`;
  }

  async close(): Promise<Finding[]> {
    for (const timer of this.#timers) clearInterval(timer);
    while (this.#running.size > 0) await Promise.all(this.#running);
    const owners = new Map<string, string>();
    for (const { userId, epoch, number } of this.#places) {
      const key = `${epoch}/${number}`;
      const owner = owners.get(key);
      if (owner !== undefined && owner !== userId)
        this.violated('I7', `number ${number} of epoch ${epoch} was given twice`);
      owners.set(key, userId);
    }
    if (this.#claimed === 0) this.lost('I8', 'nobody was ever let in');
    await this.redis.srem(redisKey.rooms(), this.#eventId).catch(() => undefined);
    this.redis.disconnect();
    return this.#findings;
  }

  #run(work: Promise<void>): void {
    const running: Promise<void> = work.catch(() => undefined).then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  async #join(userId: string): Promise<Place | undefined> {
    const { waitroom } = this.#context.shop;
    const joined = await waitroom
      .join({ eventId: this.#eventId, userId }, { deadlineMs: 2_000 })
      .catch(() => undefined);
    if (joined === undefined) return undefined;
    const place = { userId, epoch: joined.epoch, number: joined.number };
    this.#places.push(place);
    return place;
  }

  async #visit(): Promise<void> {
    const { waitroom } = this.#context.shop;
    const userId = randomUUID();
    const at = { eventId: this.#eventId, userId };
    const first = await this.#join(userId);
    if (first === undefined) return;
    const again = await this.#join(userId);
    if (again !== undefined && again.epoch === first.epoch && again.number !== first.number)
      this.violated('I7', `who had number ${first.number} was given ${again.number}`);
    // One of four goes away without a word.
    if (Math.random() < 0.25) return;
    for (let tries = 0; tries < 20; tries++) {
      await pause(500);
      const claimed = await waitroom.claim(at, { deadlineMs: 2_000 }).catch(() => undefined);
      if (claimed === undefined) continue;
      this.#claimed++;
      // By the clock of Redis, whatever the one of the waitroom says; who asks again is told of what is left.
      const leftMs = Number(claimed.expireTime?.seconds ?? 0) * 1000 - Date.now();
      if (leftMs > CHECKOUT_MS + 2_000 || leftMs <= 0)
        this.violated('I6', `a slot for ${CHECKOUT_MS} ms ends in ${leftMs} ms`);
      await pause(300);
      await waitroom.releaseSlot({ ...at, outcome: 'paid' }, { deadlineMs: 2_000 }).catch(() => undefined);
      return;
    }
  }

  async #look(): Promise<void> {
    const { waitroom } = this.#context.shop;
    const now = await waitroom.getRoom({ eventId: this.#eventId }, { deadlineMs: 1_000 }).catch(() => undefined);
    const active = Number(now?.active ?? 0);
    this.#mostActive = Math.max(this.#mostActive, active);
    if (active > SLOTS) this.violated('I6', `${active} inside, ${SLOTS} allowed`);
  }
}

export interface RoomOptions {
  /** Negative: it opened already. */
  readonly opensInMs?: number;
  readonly admissionsPerMinute?: number;
  readonly slots?: number;
  readonly claimWindowMs?: number;
}

/** A gate as the operator writes it; it opened a moment ago unless said. */
export async function openRoom(redis: Redis, eventId: string, options: RoomOptions = {}): Promise<void> {
  const { opensInMs = -1_000, admissionsPerMinute = 3_000, slots = SLOTS, claimWindowMs = 5_000 } = options;
  const [now, seed] = [Date.now(), randomBytes(32)];
  await redis.hset(redisKey.gate(eventId), {
    [GATE_FIELD.preQueueAtMs]: now - 2_000,
    [GATE_FIELD.opensAtMs]: now + opensInMs,
    [GATE_FIELD.closesAtMs]: now + 3_600_000,
    [GATE_FIELD.admissionsPerMinute]: admissionsPerMinute,
    [GATE_FIELD.burst]: 10,
    [GATE_FIELD.maxConcurrentCheckouts]: slots,
    [GATE_FIELD.checkoutTtlMs]: CHECKOUT_MS,
    [GATE_FIELD.claimWindowMs]: claimWindowMs,
    [GATE_FIELD.ordering]: 'FIFO',
    [GATE_FIELD.seed]: seed.toString('hex'),
    [GATE_FIELD.seedCommitment]: createHash('sha256').update(seed).digest('hex'),
    ...{ [GATE_FIELD.generation]: 1, [GATE_FIELD.fencingToken]: 1 },
  });
  await redis.sadd(redisKey.rooms(), eventId);
}

/** A second server that follows the first, until it is promoted. */
async function startReplica({ shop }: FaultContext) {
  const pid = shop.backing.pidOf('redis');
  if (pid === undefined) throw new Error('redis does not run');
  const port = await freePort();
  const [host = '', primary = ''] = shop.backing.redis.address.split(':');
  const dir = join(shop.backing.dir, 'data', 'redis-replica');
  mkdirSync(dir, { recursive: true });
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'];
  const line = [readlinkSync(`/proc/${pid}/exe`), ...options, '--replicaof', host, primary];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...line], { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  const redis = createRedis({ address, log: silentLogger(), connectionName: 'faults-replica' });
  const following = async () => (await redis.info('replication').catch(() => '')).includes('master_link_status:up');
  await until('the replica follows', following);
  return {
    address,
    promote: async () => void (await redis.call('REPLICAOF', 'NO', 'ONE')),
    stop: async () => {
      redis.disconnect();
      child.kill('SIGKILL');
    },
  };
}
