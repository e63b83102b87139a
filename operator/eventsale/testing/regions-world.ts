import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { type GateFacts, type GateMemory, isLive, type SalePlan, type SaleRecord } from '../sale-facts.ts';
import { planSale } from '../timeline.ts';
import { recordAfter } from './sale-world.ts';

export type RegionName = 'east' | 'west';

export type RegionStep =
  /** Time passes, and both operators look. */
  | { do: 'wait'; ms: number }
  /** The other region takes over; the one that served learns of it with its next look. */
  | { do: 'turn' }
  /** The region that serves does everything and dies before it writes the status. */
  | { do: 'crash' }
  | { do: 'ready'; value: boolean }
  | { do: 'sell'; sold: number }
  /** Of one region's object only: Git is not everywhere at the same time. */
  | { do: 'edit'; region: RegionName; opensInMs: number };

interface Side {
  spec: EventSale['spec'];
  record: SaleRecord;
  capacityHeld: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One sale as two regions have it: an object each with a status of its own, and one gate that follows whoever serves. */
export class RegionsWorld {
  readonly sides: Readonly<Record<RegionName, Side>>;
  now: number;
  serving: RegionName = 'east';
  gate: GateFacts | undefined;
  /** Every gate that was ever written, oldest first. */
  readonly gates: { readonly at: number; readonly by: RegionName; readonly gate: GateFacts }[] = [];
  /** Gate actions of a region that does not serve. */
  readonly trespasses: string[] = [];
  #term = 1;
  #ready = false;
  #sold = 0;

  constructor(spec: EventSale['spec'], now: number) {
    this.now = now;
    const side = (): Side => ({ spec, record: {}, capacityHeld: false });
    this.sides = { east: side(), west: side() };
    this.look();
  }

  get other(): RegionName {
    return this.serving === 'east' ? 'west' : 'east';
  }

  play(step: RegionStep): void {
    switch (step.do) {
      case 'wait':
        this.now += step.ms;
        break;
      case 'turn':
        this.serving = this.other;
        this.#term += 1;
        break;
      case 'crash':
        this.reconcile(this.serving, { statusLost: true });
        return;
      case 'ready':
        this.#ready = step.value;
        break;
      case 'sell':
        this.#sold = step.sold;
        break;
      case 'edit': {
        const side = this.sides[step.region];
        const opensAt = this.now + step.opensInMs;
        const at = (ms: number) => new Date(ms).toISOString();
        const schedule = {
          opensAt: at(opensAt),
          preQueueAt: at(opensAt - 15 * MINUTE),
          closesAt: at(opensAt + 2 * HOUR),
        };
        side.spec = { ...side.spec, schedule: { ...side.spec.schedule, ...schedule } };
      }
    }
    this.look();
  }

  /** Both look twice: a phase that is only passed through goes on at once. */
  look(): void {
    for (let pass = 0; pass < 2; pass++) for (const region of ['east', 'west'] as const) this.reconcile(region);
  }

  leaveAlone(): void {
    for (let pass = 0; pass < 80; pass++) this.play({ do: 'wait', ms: 15 * MINUTE });
  }

  reconcile(region: RegionName, { statusLost = false } = {}): void {
    const side = this.sides[region];
    const gateProved = this.#act(region, this.plan(region, false));
    const plan = this.plan(region, gateProved);
    if (statusLost) return;
    const gate = region === this.serving ? this.gate : undefined;
    side.record = {
      ...recordAfter(side.record, plan, gate, this.now),
      gateTerm: gate === undefined ? side.record.gateTerm : gate.memory?.term,
    };
  }

  plan(region: RegionName, gateProved: boolean): SalePlan {
    const { spec, record, capacityHeld } = this.sides[region];
    const serves = region === this.serving;
    return planSale(
      spec,
      {
        createdAt: this.now - 24 * HOUR,
        ...{ record, capacityHeld, gateProved, ready: this.#ready && serves },
        blocked: serves ? undefined : { message: 'the other region serves', standby: true },
        waitingFor: 'replicas/gateway',
        gate: serves ? (this.gate ?? null) : undefined,
        figures: serves ? { sold: this.#sold, total: 100, active: 0, pending: 0 } : undefined,
      },
      this.now,
    );
  }

  #act(region: RegionName, plan: SalePlan): boolean {
    const side = this.sides[region];
    let proved = false;
    for (const action of plan.actions) {
      if (action.kind === 'prescale') side.capacityHeld = true;
      if (action.kind === 'release-capacity') side.capacityHeld = false;
      if (action.kind !== 'write-gate' && action.kind !== 'close-gate') continue;
      if (region !== this.serving) this.trespasses.push(`${region} ${action.kind}`);
      const memory = (closedAtMs: number | undefined, preQueueAtMs: number): GateMemory => ({
        ...{ region, term: this.#term, preQueueAtMs, announcedAtMs: plan.times.opensAt },
        ...{ decided: plan.decision?.verdict, closedAtMs },
      });
      if (action.kind === 'close-gate') {
        if (this.gate === undefined) continue;
        const closesAtMs = Math.min(this.gate.closesAtMs, this.now);
        this.gate = { ...this.gate, closesAtMs, memory: memory(this.now, this.gate.memory?.preQueueAtMs ?? 0) };
      } else {
        const { opensAtMs, closesAtMs, armedAtMs, paused, preQueueAtMs } = action.gate;
        // As the script does: what has opened stays open at its instant.
        const opened = this.gate !== undefined && isLive(this.gate) && this.gate.opensAtMs <= this.now;
        if (opened && this.gate?.opensAtMs !== opensAtMs) this.trespasses.push(`${region} moves an opening that was`);
        this.gate = { opensAtMs, closesAtMs, armedAtMs, paused, memory: memory(undefined, preQueueAtMs) };
        proved = true;
      }
      this.gates.push({ at: this.now, by: region, gate: this.gate });
    }
    return proved;
  }
}
