import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { GateFacts, Phase, SalePlan, SaleRecord } from '../sale-facts.ts';
import { planSale } from '../timeline.ts';

export type Step =
  | { do: 'wake' }
  | { do: 'down'; ms: number }
  | { do: 'ready'; value: boolean }
  | { do: 'crash' }
  | { do: 'redis'; up: boolean }
  | { do: 'lose-gate' }
  /** The operator's clock jumps; Redis, which judges, keeps the time. */
  | { do: 'clock'; offMs: number }
  /** A leader that was cut off comes back for one pass with what it knew so many passes ago. */
  | { do: 'old-leader'; passesAgo: number }
  | { do: 'suspend'; value: boolean }
  | { do: 'sell'; sold: number }
  | { do: 'edit'; ms: number };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * A sale's surroundings in little: Redis, autoscalers and the object's status, driven by planSale and by accidents. It
 * carries actions out as the controller does: act, look again, write the status.
 */
export class SaleWorld {
  spec: EventSale['spec'];
  now: number;
  gate: GateFacts | undefined;
  capacityHeld = false;
  record: SaleRecord = {};
  readonly createdAt: number;
  readonly writes: { opensAtMs: number; accepted: number; at: number }[] = [];
  readonly movedAfterOpening: unknown[] = [];
  readonly transitions: (readonly [Phase | undefined, Phase])[] = [];
  readonly passes: { phase: Phase; now: number; wakeAt: number }[] = [];
  #ready = false;
  /** The operator's clock minus that of Redis, ms. */
  #clockOffMs = 0;
  readonly #history: SaleRecord[] = [];
  #redisUp = true;
  #sold = 0;
  #wakeAt: number;

  constructor(spec: EventSale['spec'], now: number) {
    this.spec = spec;
    this.now = now;
    this.createdAt = now;
    this.#wakeAt = now;
  }

  get phase(): Phase | undefined {
    return this.record.phase;
  }

  play(step: Step): void {
    switch (step.do) {
      case 'wake':
        this.now = Math.max(this.now, this.#wakeAt - this.#clockOffMs);
        this.reconcile();
        break;
      case 'down':
        this.now += step.ms;
        this.reconcile();
        break;
      case 'ready':
        this.#ready = step.value;
        break;
      case 'crash':
        // Everything was done, but the status was not written.
        this.reconcile({ statusLost: true });
        break;
      case 'redis':
        this.#redisUp = step.up;
        break;
      case 'lose-gate':
        this.gate = undefined;
        break;
      case 'clock':
        this.#clockOffMs = step.offMs;
        this.reconcile();
        break;
      case 'old-leader':
        this.#oldLeader(step.passesAgo);
        break;
      case 'suspend':
        this.spec = { ...this.spec, suspend: step.value };
        this.reconcile();
        break;
      case 'sell':
        this.#sold = step.sold;
        break;
      case 'edit': {
        const opensAt = this.now + step.ms;
        const schedule = {
          ...this.spec.schedule,
          opensAt: new Date(opensAt).toISOString(),
          preQueueAt: new Date(opensAt - 15 * MINUTE).toISOString(),
          closesAt: new Date(opensAt + 2 * HOUR).toISOString(),
        };
        this.spec = { ...this.spec, schedule };
        this.reconcile();
        break;
      }
    }
  }

  /** Nobody edits, everything works, the operator wakes when it wants to. */
  leaveAlone(): void {
    this.#redisUp = true;
    this.#clockOffMs = 0;
    for (let pass = 0; pass < 20_000 && !(this.phase === 'ScaledDown' && !this.capacityHeld); pass++)
      this.play({ do: 'wake' });
  }

  reconcile({ statusLost = false } = {}): void {
    const first = this.plan(false);
    const proved = this.act(first);
    const second = this.plan(proved);
    this.#history.push(this.record);
    this.passes.push({ phase: second.phase, now: this.now + this.#clockOffMs, wakeAt: second.wakeAt });
    this.#wakeAt = second.wakeAt;
    if (!statusLost) this.remember(second);
  }

  /** Redis refuses its token; the API server does not, so its old view of things may land in the status. */
  #oldLeader(passesAgo: number): void {
    const known = this.#history.at(-passesAgo);
    if (known === undefined) return;
    const present = this.record;
    this.record = known;
    const plan = this.plan(false);
    this.record = present;
    this.remember(plan);
  }

  private plan(gateProved: boolean): SalePlan {
    return planSale(
      this.spec,
      {
        createdAt: this.createdAt,
        record: this.record,
        ready: this.#isReady(),
        waitingFor: this.#isReady() ? '' : 'replicas/gateway',
        gate: this.#redisUp ? (this.gate ?? null) : undefined,
        gateProved,
        figures: { sold: this.#sold, total: 100, active: 0, pending: 0 },
        capacityHeld: this.capacityHeld,
      },
      this.now + this.#clockOffMs,
    );
  }

  /** A clock more than two seconds off is a line that is not ready. */
  #isReady(): boolean {
    return this.#ready && Math.abs(this.#clockOffMs) <= 2_000;
  }

  private act(plan: SalePlan): boolean {
    let proved = false;
    for (const action of plan.actions) {
      if (action.kind === 'prescale') this.capacityHeld = true;
      if (action.kind === 'release-capacity') this.capacityHeld = false;
      if (!this.#redisUp) continue;
      if (action.kind === 'close-gate' && this.gate !== undefined)
        this.gate = { ...this.gate, closesAtMs: Math.min(this.gate.closesAtMs, this.now) };
      if (action.kind === 'write-gate') {
        const before = this.gate;
        const open =
          before !== undefined &&
          before.opensAtMs <= this.now &&
          before.closesAtMs > before.opensAtMs &&
          !(before.armedAtMs === 0 && before.paused);
        if (open && before.opensAtMs !== action.gate.opensAtMs) {
          // Redis refuses it by its own time. Only an operator whose clock is wrong may try.
          if (this.#clockOffMs === 0)
            this.movedAfterOpening.push({ before, after: action.gate, now: this.now, plan: plan.phase });
          continue;
        }
        const { opensAtMs, closesAtMs, armedAtMs, paused } = action.gate;
        this.gate = { opensAtMs, closesAtMs, armedAtMs, paused };
        // A gate that has opened was judged when it was written; what an old leader put into the status since cannot unopen it.
        if (!open) this.writes.push({ opensAtMs, accepted: plan.times.opensAt, at: this.now });
        proved = true;
      }
    }
    return proved;
  }

  private remember(plan: SalePlan): void {
    const previous = this.record;
    const entered = previous.phase !== plan.phase;
    if (entered) this.transitions.push([previous.phase, plan.phase]);
    this.record = recordAfter(previous, plan, this.gate, this.now);
  }
}

/** What the status remembers once a plan was carried out and written down. */
export function recordAfter(
  previous: SaleRecord,
  plan: SalePlan,
  gate: GateFacts | undefined,
  now: number,
): SaleRecord {
  const entered = previous.phase !== plan.phase;
  const { preQueueAt, opensAt, closesAt } = plan.times;
  return {
    phase: plan.phase,
    phaseSince: entered ? now : previous.phaseSince,
    prescaleStartedAt:
      plan.phase === 'Prescaling' && entered
        ? now
        : plan.phase === 'Pending' || plan.phase === 'Standby'
          ? undefined
          : previous.prescaleStartedAt,
    accepted: { preQueueAt, opensAt, closesAt },
    decision: plan.decision,
    gate: plan.opened || gate === undefined ? previous.gate : gate,
    openedAt: previous.openedAt ?? (plan.opened ? plan.opensAt : undefined),
    closedAt: previous.closedAt ?? (plan.phase === 'Closed' ? now : undefined),
  };
}
