import type { ServiceName } from '#proto/names.ts';
import type { DEFAULT_CAPACITY } from './default-capacity.ts';
import type { Demand, Load } from './demand.ts';

/** Measured capacity of one replica; what is missing counts as half of the default. */
export interface ReplicaCapacity {
  readonly requestsPerSecond?: number | undefined;
  readonly streams?: number | undefined;
  readonly hotRowPerSecond?: number | undefined;
  readonly ageDays?: number | undefined;
}

export interface CapacityInput {
  readonly demand: Demand;
  readonly profile: Readonly<Partial<Record<ServiceName, ReplicaCapacity>>>;
  /** What counts, by half, where the profile says nothing; DEFAULT_CAPACITY unless given. */
  readonly defaults?: typeof DEFAULT_CAPACITY;
  readonly limits: {
    readonly minReplicas?: Readonly<Partial<Record<ServiceName, number>>>;
    readonly maxReplicas?: Readonly<Partial<Record<ServiceName, number>>>;
    readonly providerTps?: number | undefined;
    readonly maxBuyers?: number | undefined;
    readonly temporalActionsPerSecond?: number | undefined;
    readonly dynamodbWritesPerSecond?: number | undefined;
  };
  /** Load of other sales of the platform whose windows overlap, those with explicit floors left out per service. */
  readonly others: Load;
  /** Sum of the explicit floors of those other sales. */
  readonly otherFloors?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Explicit floors of this sale; they win over the plan. */
  readonly floors?: Readonly<Partial<Record<ServiceName, number>>>;
  readonly zones: number;
  /** p95 of how long earlier sales of the platform took from the start of prescaling to ready, in seconds. */
  readonly measuredReadySeconds?: number | undefined;
  /**
   * Ready replicas of each service, for a sale whose doors open without everything having been proved: it lets in what these
   * carry, not what is planned. Of services that are left out nothing is known, and the plan counts.
   */
  readonly readyReplicas?: Readonly<Partial<Record<ServiceName, number>>> | undefined;
}
