import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { type RehearsalOutcome, rehearse } from '#operator/external/gateway-probe.ts';
import type { Ticketing } from '#operator/external/ticketing.ts';
import type { Clock } from '#runtime/clock.ts';
import { rehearsalClassId } from '../identity.ts';
import type { PrescaleLine } from './line.ts';

/** A pass is believed for so long; a sale that waits longer rehearses again before its decision. */
const VALID_MS = 15 * 60_000;
const RETRY_MS = 5_000;
const LIMIT_MS = 120_000;

export interface RehearsalFacts {
  readonly passedAt?: number | undefined;
  readonly attempts: number;
  readonly lastError?: string | undefined;
  readonly running: boolean;
}

export interface RehearsalScope {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly ticketing: Ticketing;
  readonly passwordSecret: string;
}

/**
 * Rehearsal purchases, at most one per sale at a time and apart from reconciles, because one may take half a minute.
 * What passed is kept in the sale's status, so a restart does not buy again.
 */
export class Rehearsals {
  readonly #clock: Clock;
  readonly #onEnd: (saleKey: string) => void;
  readonly #stop: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();
  readonly #ended = new Map<string, { at: number; attempts: number; outcome: RehearsalOutcome }>();

  constructor(deps: { clock: Clock; stop: AbortSignal; onEnd: (saleKey: string) => void }) {
    this.#clock = deps.clock;
    this.#stop = deps.stop;
    this.#onEnd = deps.onEnd;
  }

  /** What is known: of this process, else of the stored status, of this run of the sale. */
  facts(sale: EventSale, prescaleStartedAt: number | undefined): RehearsalFacts {
    const { uid } = sale.metadata;
    const running = this.#running.has(uid);
    const stored = sale.status?.rehearsal;
    const storedPass = stored?.passedAt === undefined ? undefined : Date.parse(stored.passedAt);
    const ended = this.#ended.get(uid);
    const attempts = Math.max(stored?.attempts ?? 0, ended?.attempts ?? 0);
    // A pass of an earlier schedule proves nothing about this one.
    const after = (at: number | undefined) =>
      at !== undefined && at >= (prescaleStartedAt ?? Number.POSITIVE_INFINITY) ? at : undefined;
    if (ended === undefined) return { running, attempts, passedAt: after(storedPass), lastError: stored?.lastError };
    if (ended.outcome.passed) return { running, attempts, passedAt: after(ended.at) };
    return { running, attempts, lastError: `${ended.outcome.step}: ${ended.outcome.message}` };
  }

  /** Starts one unless one runs, just failed, or a fresh enough pass is there. */
  start(scope: RehearsalScope, facts: RehearsalFacts, saleKey: string): void {
    const { uid } = scope.sale.metadata;
    const now = this.#clock.now();
    if (facts.running || (facts.passedAt !== undefined && now - facts.passedAt < VALID_MS)) return;
    const last = this.#ended.get(uid);
    if (last !== undefined && !last.outcome.passed && now - last.at < RETRY_MS) return;
    const attempts = facts.attempts + 1;
    const signal = AbortSignal.any([this.#stop, AbortSignal.timeout(LIMIT_MS)]);
    const purchase = {
      eventId: scope.eventId,
      rehearsalClassId: rehearsalClassId(scope.eventId),
      saleUid: uid,
      passwordSecret: scope.passwordSecret,
      attempt: `${now}`,
    };
    const run = rehearse({ ticketing: scope.ticketing, clock: this.#clock }, purchase, signal).then((outcome) => {
      this.#ended.set(uid, { at: this.#clock.now(), attempts, outcome });
      this.#running.delete(uid);
      this.#onEnd(saleKey);
    });
    this.#running.set(uid, run);
  }

  forget(uid: string): void {
    this.#ended.delete(uid);
  }

  /** Resolves when every rehearsal under way has ended: after `stop` aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}

export function rehearsalLine(facts: RehearsalFacts): PrescaleLine {
  const ready = facts.passedAt !== undefined;
  const have = ready ? 'passed' : facts.running ? 'under way' : facts.lastError === undefined ? 'not yet' : 'failed';
  const line = { what: 'rehearsal', want: 'one purchase made and undone', have, ready };
  return ready || facts.lastError === undefined ? line : { ...line, message: facts.lastError };
}
