import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { gauge, type Registry } from '#runtime/metrics.ts';
import { isAlreadyExists, isConflict } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { microTime } from './microtime.ts';
import { type KubeObject, LEASE } from './resource.ts';

/** Whether this process may act, and a number that grows with every change of leader. */
export interface Leadership {
  isLeader(): boolean;
  /**
   * Number of this term, larger than that of every earlier leader: stores refuse writes with a smaller one. Throws when
   * this process does not lead, also when it was asleep while its lease ran out.
   */
  fencingToken(): number;
  /** Which installation this process belongs to: the Lease that its leaders hold, `namespace/name`. */
  readonly lease: string;
  /** Goes on with a token above those of every leader of any Lease so far: for what one of another Lease leaves to us. */
  outrank(): void;
}

export interface Leader extends Leadership {
  /**
   * Campaigns until elected, then runs `lead` with a signal that aborts when the term ends: `signal` aborted (the lease is
   * released once `lead` has returned) or the lease could not be renewed in time. Resolves when all that is over; rejects
   * with LeadershipLost in the second case, after which the process should end, as its caches and actions may be stale.
   */
  run(signal: AbortSignal, lead: (term: AbortSignal) => Promise<void>): Promise<void>;
}

export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

export interface LeaderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique per process: a restarted pod is another candidate. */
  readonly identity: string;
  readonly leaseMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
}

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** What became of trying to have the Lease: ours now, somebody else's, or written to by somebody between our look and our word. */
type Attempt = 'ours' | 'theirs' | 'outrun';

/** Terms of a Lease made anew start from the seconds since this day: a deleted Lease must not bring small tokens back. */
const TERM_EPOCH_MS = Date.UTC(2026, 0, 1);

/** Fencing token of a process that leads without a Lease, and of the first term of a new Lease. */
export function firstTerm(nowMs: number): number {
  return Math.max(1, Math.floor((nowMs - TERM_EPOCH_MS) / 1000));
}

/** Leads at once and always: for development, and where only one process can run. `lease`: what it is known by all the same. */
export function soleLeader(clock: Clock, lease: string): Leader {
  let token = firstTerm(clock.now());
  return {
    isLeader: () => true,
    fencingToken: () => token,
    lease,
    outrank() {
      token = Math.max(token + 1, firstTerm(clock.now()));
    },
    run: (signal, lead) => lead(signal),
  };
}

/** Leader election on a coordination.k8s.io Lease, 15/10/2 s as in controller-runtime. */
export function createLeader(options: LeaderOptions): Leader {
  const {
    client,
    clock,
    namespace,
    name,
    identity,
    leaseMs = 15_000,
    renewDeadlineMs = 10_000,
    retryMs = 2_000,
  } = options;
  const log = options.log.child({ lease: `${namespace}/${name}`, identity });
  const status = gauge(options.metrics, 'leader_election_master_status', '1 while this process leads', ['name']);
  status.set({ name }, 0);

  let term: { number: number; renewedAt: number } | undefined;
  /** Another holder's record and when we first saw it, by our own clock: clocks of others are not trusted. */
  let seen: { record: string; at: number } | undefined;

  async function acquireOrRenew(signal: AbortSignal): Promise<Attempt> {
    // Two tries without an answer make the client open new connections, and a third must still fit before the deadline.
    const limits = { signal, timeoutMs: renewDeadlineMs / 4 };
    const asked = clock.monotonic();
    const lease = await client.get<Lease>(LEASE, namespace, name, limits);
    const now = microTime(clock.now());
    const held = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(leaseMs / 1000), renewTime: now };
    try {
      if (lease === undefined) {
        const number = Math.max(firstTerm(clock.now()), (term?.number ?? 0) + 1);
        const metadata = { name, namespace };
        const spec = { ...held, acquireTime: now, leaseTransitions: number };
        await client.create(
          LEASE,
          { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec } as Lease,
          limits,
        );
        return elected(number, asked);
      }
      const ours = term !== undefined && lease.spec?.holderIdentity === identity;
      if (!ours && !mayTake(lease)) return 'theirs';
      const transitions = lease.spec?.leaseTransitions ?? 0;
      // Taking over always starts a new term, even from ourselves: a term belongs to one run of one process. Who led by another
      // Lease meanwhile, as after a move there and back, counted from its own first term.
      const number = ours
        ? (term?.number ?? transitions)
        : Math.max(transitions + 1, (term?.number ?? 0) + 1, firstTerm(clock.now()));
      await client.mergePatch(
        LEASE,
        namespace,
        name,
        {
          metadata: { resourceVersion: lease.metadata.resourceVersion },
          spec: { ...held, ...(ours ? {} : { acquireTime: now }), leaseTransitions: number },
        },
        limits,
      );
      return elected(number, asked);
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return 'outrun';
      throw error;
    }
  }

  /** Counted from before the request: from the view of others the lease may run since then. */
  function elected(number: number, since: number): Attempt {
    // `outrank` may have come between.
    term = { number: Math.max(number, term?.number ?? 0), renewedAt: since };
    return 'ours';
  }

  function mayTake(lease: Lease): boolean {
    if (!lease.spec?.holderIdentity) return true;
    const record = `${lease.metadata.uid} ${lease.metadata.resourceVersion}`;
    if (seen?.record !== record) {
      seen = { record, at: clock.monotonic() };
      return false;
    }
    const durationMs = (lease.spec.leaseDurationSeconds ?? leaseMs / 1000) * 1000;
    return clock.monotonic() - seen.at >= durationMs;
  }

  async function campaign(signal: AbortSignal): Promise<void> {
    log.info('waiting to lead');
    for (;;) {
      try {
        if ((await acquireOrRenew(signal)) === 'ours') return;
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ err: error }, 'the lease could not be read or taken');
      }
      // Some jitter keeps candidates from colliding over and over.
      await clock.sleep(retryMs * (1 + 0.2 * Math.random()), signal);
    }
  }

  /** Renews until the signal aborts; returns early when the deadline passes without a renewal. */
  async function holdOn(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    let waitMs = retryMs;
    while (!signal.aborted) {
      await clock.sleep(waitMs, signal).catch(() => {});
      waitMs = retryMs;
      if (signal.aborted) return 'stopped';
      try {
        const attempt = await renewInTime(signal);
        if (attempt === 'theirs') {
          log.error('another process holds the lease');
          return 'lost';
        }
        // Who wrote it shows the next look: perhaps ourselves, with an answer that never came.
        if (attempt === 'outrun') waitMs = retryMs / 4;
      } catch (error) {
        if (signal.aborted) return 'stopped';
        log.warn({ err: error }, 'the lease could not be renewed');
        waitMs = retryMs / 4;
      }
      if (leftMs() <= 0) return 'lost';
    }
    return 'stopped';
  }

  const leftMs = () => (term === undefined ? 0 : renewDeadlineMs - (clock.monotonic() - term.renewedAt));

  /**
   * Ends at the deadline: a server that asks for patience must not make us believe for longer than others do that we lead. Who was
   * asleep has one try all the same: while nobody else has written to the Lease, it is ours.
   */
  async function renewInTime(signal: AbortSignal): Promise<Attempt> {
    const [late, over] = [new AbortController(), new AbortController()];
    const timer = clock.sleep(Math.max(leftMs(), retryMs), over.signal).then(
      () => late.abort(new LeadershipLost(`the lease was not renewed within ${renewDeadlineMs / 1000} s`)),
      () => {}, // It was answered in time.
    );
    try {
      return await acquireOrRenew(AbortSignal.any([signal, late.signal]));
    } finally {
      over.abort();
      await timer;
    }
  }

  async function release(): Promise<void> {
    const limits = { timeoutMs: retryMs };
    const lease = await client.get<Lease>(LEASE, namespace, name, limits);
    if (lease?.spec?.holderIdentity !== identity) return;
    await client.mergePatch(
      LEASE,
      namespace,
      name,
      {
        metadata: { resourceVersion: lease.metadata.resourceVersion },
        // One second, not zero: the API refuses zero, and an empty holder is free at once anyway.
        spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) },
      },
      limits,
    );
    log.info('lease released');
  }

  const isLeader = () => term !== undefined && clock.monotonic() - term.renewedAt < leaseMs;

  return {
    isLeader,
    lease: `${namespace}/${name}`,
    fencingToken() {
      if (term === undefined || !isLeader()) throw new LeadershipLost('this process does not lead');
      return term.number;
    },
    outrank() {
      // The next renewal writes it down; until then nobody else leads by this Lease.
      if (term !== undefined) term.number = Math.max(term.number + 1, firstTerm(clock.now()));
    },
    async run(signal, lead) {
      try {
        await campaign(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      log.info({ term: term?.number }, 'leading');
      status.set({ name }, 1);
      const lost = new AbortController();
      const finished = new AbortController();
      const leading = lead(AbortSignal.any([signal, lost.signal])).finally(() => finished.abort());
      // Renewing goes on while `lead` winds down, so that nobody else starts before it has ended.
      const outcome = await holdOn(finished.signal);
      status.set({ name }, 0);
      if (outcome === 'lost') {
        lost.abort(new LeadershipLost('the lease was lost'));
        term = undefined;
        // Until others may start: what has not ended by then ends with the process.
        await Promise.race([leading.catch(() => {}), clock.sleep(leaseMs - renewDeadlineMs)]);
        throw new LeadershipLost('the lease was lost');
      }
      try {
        await leading;
      } finally {
        term = undefined;
        await release().catch((error: unknown) => log.warn({ err: error }, 'the lease could not be released'));
      }
    },
  };
}
