import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { type RehearsalAccount, rehearse } from '#operator/external/gateway-probe.ts';
import type { Ticketing } from '#operator/external/ticketing.ts';
import type { Clock } from '#runtime/clock.ts';
import { rehearsalClassId } from '../identity.ts';
import { decisionTime, type SaleTimes } from '../schedule.ts';
import type { PrescaleLine } from './line.ts';

/** A pass is believed for so long; a sale that waits longer rehearses again before its decision. */
const VALID_MS = 15 * 60_000;
const RETRY_MS = 5_000;
const LIMIT_MS = 120_000;
/** With less time than this between start and decision, or this close to it, one purchase is all there is time for. */
const SHORT_RUN_MS = 3 * 60_000;
const LAST_CALL_MS = 60_000;

/** What must pass: purchases one after another, and then so many at once. */
export interface RehearsalWish {
  readonly passes: number;
  readonly burst: number;
}

export interface RehearsalFacts {
  readonly attempts: number;
  /** Purchases that passed in a row, this run. */
  readonly passes: number;
  /** The purchases at once passed. */
  readonly burst: boolean;
  /** When the last one passed, Unix ms. */
  readonly passedAt?: number | undefined;
  readonly lastError?: string | undefined;
  readonly running: boolean;
}

export interface RehearsalScope {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly ticketing: Ticketing;
  readonly passwordSecret: string;
}

type Progress = Omit<RehearsalFacts, 'running'> & { readonly failedAt?: number | undefined };

/** What this sale asks for, or what there is time for. */
export function rehearsalWish(sale: EventSale, times: SaleTimes, startedAt: number, nowMs: number): RehearsalWish {
  const decideAt = decisionTime(times, startedAt);
  const hurried = decideAt - startedAt < SHORT_RUN_MS || decideAt - nowMs < LAST_CALL_MS;
  const { passes, burst } = sale.spec.rehearsal;
  return hurried ? { passes: 1, burst: 0 } : { passes, burst };
}

export function isRehearsed(facts: RehearsalFacts, wish: RehearsalWish): boolean {
  return facts.passedAt !== undefined && facts.passes >= wish.passes && (facts.burst || wish.burst === 0);
}

/**
 * Rehearsal purchases, at most one series per sale at a time and apart from reconciles, because one may take half a minute.
 * What passed is kept in the sale's status, so a restart does not buy again.
 */
export class Rehearsals {
  readonly #clock: Clock;
  readonly #onStep: (saleKey: string) => void;
  readonly #stop: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();
  readonly #progress = new Map<string, Progress>();

  constructor(deps: { clock: Clock; stop: AbortSignal; onStep: (saleKey: string) => void }) {
    this.#clock = deps.clock;
    this.#stop = deps.stop;
    this.#onStep = deps.onStep;
  }

  /** What is known: of this process, else of the stored status, of this run of the sale. */
  facts(sale: EventSale, prescaleStartedAt: number | undefined): RehearsalFacts {
    const { uid } = sale.metadata;
    const running = this.#running.has(uid);
    const known = this.#progress.get(uid) ?? storedProgress(sale);
    const attempts = Math.max(known.attempts, sale.status?.rehearsal?.attempts ?? 0);
    const { passedAt, lastError } = known;
    // A pass of an earlier schedule proves nothing about this one.
    if (passedAt !== undefined && passedAt >= (prescaleStartedAt ?? Number.POSITIVE_INFINITY))
      return { running, attempts, passes: known.passes, burst: known.burst, passedAt, lastError };
    return { running, attempts, passes: 0, burst: false, lastError };
  }

  /** Starts a series unless one runs, just failed, or what is wanted has passed freshly enough. */
  start(scope: RehearsalScope, facts: RehearsalFacts, wish: RehearsalWish, saleKey: string): void {
    const { uid } = scope.sale.metadata;
    const now = this.#clock.now();
    const done = isRehearsed(facts, wish);
    if (facts.running || (done && now - (facts.passedAt ?? 0) < VALID_MS)) return;
    const failedAt = this.#progress.get(uid)?.failedAt;
    if (failedAt !== undefined && now - failedAt < RETRY_MS) return;
    // What passed long ago is refreshed by one more purchase, not by the whole series.
    const from = done ? { ...facts, passes: wish.passes - 1 } : facts;
    const run = this.#series(scope, from, wish, saleKey).finally(() => {
      this.#running.delete(uid);
      this.#onStep(saleKey);
    });
    this.#running.set(uid, run);
  }

  async #series(scope: RehearsalScope, from: RehearsalFacts, wish: RehearsalWish, saleKey: string): Promise<void> {
    const { uid } = scope.sale.metadata;
    let { attempts, passes, burst } = from;
    let account: RehearsalAccount | undefined;
    while (!this.#stop.aborted && (passes < wish.passes || (wish.burst > 0 && !burst))) {
      const purchases = passes < wish.passes ? 1 : wish.burst;
      const plan = {
        eventId: scope.eventId,
        rehearsalClassId: rehearsalClassId(scope.eventId),
        saleUid: uid,
        passwordSecret: scope.passwordSecret,
        attempt: `${this.#clock.now()}`,
        purchases,
        ...(account === undefined ? {} : { account }),
      };
      const signal = AbortSignal.any([this.#stop, AbortSignal.timeout(LIMIT_MS)]);
      const outcome = await rehearse({ ticketing: scope.ticketing, clock: this.#clock }, plan, signal);
      attempts++;
      const at = this.#clock.now();
      if (!outcome.passed) {
        const which = purchases > 1 ? `${purchases} purchases at once: ` : '';
        const lastError = `${which}${outcome.step}: ${outcome.message}`;
        this.#progress.set(uid, { attempts, passes: 0, burst: false, lastError, failedAt: at });
        return;
      }
      account = outcome.account;
      if (purchases > 1) burst = true;
      else passes++;
      this.#progress.set(uid, { attempts, passes, burst, passedAt: at });
      this.#onStep(saleKey);
    }
  }

  forget(uid: string): void {
    this.#progress.delete(uid);
  }

  /** Resolves when every rehearsal under way has ended: after `stop` aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}

function storedProgress({ status }: EventSale): Progress {
  const stored = status?.rehearsal;
  return {
    attempts: stored?.attempts ?? 0,
    passes: stored?.passes ?? 0,
    burst: stored?.burst ?? false,
    passedAt: stored?.passedAt === undefined ? undefined : Date.parse(stored.passedAt),
    lastError: stored?.lastError,
  };
}

export function rehearsalLine(facts: RehearsalFacts, wish: RehearsalWish): PrescaleLine {
  const ready = isRehearsed(facts, wish);
  const want =
    (wish.passes === 1 ? 'one purchase made and undone' : `${wish.passes} purchases in a row made and undone`) +
    (wish.burst > 0 ? `, then ${wish.burst} at once` : '');
  const passed = Math.min(facts.passes, wish.passes);
  const have = ready
    ? 'passed'
    : facts.lastError !== undefined && facts.passes === 0
      ? 'failed'
      : passed === 0
        ? facts.running
          ? 'under way'
          : 'not yet'
        : `${passed} of ${wish.passes} passed`;
  const line = { what: 'rehearsal', want, have, ready };
  return ready || facts.lastError === undefined ? line : { ...line, message: facts.lastError };
}
