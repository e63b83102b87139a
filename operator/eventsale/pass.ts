import type { EventSaleReason } from '#operator/api/conditions.ts';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import type { ObservedGate } from '#operator/external/sale-gate.ts';
import type { Applier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { CapacityPlan } from './capacity.ts';
import type { LiveFigures } from './live-figures.ts';
import type { PlatformLink, PlatformLinks } from './platform-links.ts';
import type { Budget } from './prescale/disruption-budgets.ts';
import type { Hpa } from './prescale/hpa-floors.ts';
import type { PrescaleLine } from './prescale/line.ts';
import type { FreeRoom } from './prescale/nodes.ts';
import type { PrescaleMemory } from './prescale/prescale.ts';
import type { RehearsalFacts, Rehearsals, RehearsalWish } from './prescale/rehearsal.ts';
import type { Deployment } from './prescale/workloads.ts';
import type { ObservedSale, Phase } from './sale-facts.ts';

/** What one reconcile of one sale works with. */
export interface Pass {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly platform: TicketBottlePlatform | undefined;
  readonly blocked:
    | { readonly reason: EventSaleReason; readonly message: string; readonly standby?: boolean }
    | undefined;
  readonly capacity: CapacityPlan;
  readonly autoLeadMs: number;
  /** Other sales of the platform that need their capacity at this instant. */
  readonly overlapping: () => readonly EventSale[];
  readonly zones: (signal: AbortSignal) => Promise<number>;
  readonly links: PlatformLinks;
  readonly rehearsals: Rehearsals;
  readonly memory: PrescaleMemory;
  readonly shared: PrescaleMemory;
  readonly freeRoom: FreeRoom;
  readonly hpaOf: (service: ServiceName) => Hpa | undefined;
  readonly budgetOf: (service: ServiceName) => Budget | undefined;
  readonly deploymentOf: (service: ServiceName) => Deployment | undefined;
  readonly applier: Applier;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly fencingToken: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What a pass found out, and where it left things. */
export interface SaleFacts {
  readonly observed: ObservedSale;
  readonly link?: PlatformLink | undefined;
  readonly gateSeen?: ObservedGate | undefined;
  readonly gate?: ObservedSale['gate'];
  readonly gateProved: boolean;
  readonly gateFailure?: string | undefined;
  readonly seedCommitment?: string | undefined;
  readonly gateGeneration?: number | undefined;
  readonly clockOffsetMs?: number | undefined;
  readonly lines: readonly PrescaleLine[];
  readonly rehearsal?: RehearsalFacts | undefined;
  readonly wish?: RehearsalWish | undefined;
  readonly figures?: LiveFigures | undefined;
  readonly books?: { readonly balanced: boolean; readonly detail: string } | undefined;
  /** They could not be read for a while. */
  readonly booksLost?: boolean | undefined;
  readonly stalled?: { readonly reason: EventSaleReason; readonly message: string } | undefined;
  /** What could not be given back yet, each with why. */
  readonly left?: readonly string[] | undefined;
  /** Everything is to be raised, and the status does not say so yet: nothing was touched. What phase it is, if all goes well. */
  readonly beginning?: Phase | undefined;
}
