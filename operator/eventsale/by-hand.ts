import { LEAD_PARALLEL_SECONDS, MODEL } from './capacity-model.ts';
import type { StorePlan } from './store-plan.ts';

/** Something that a sale needs and that this operator does not raise: what, how much, until when, and what to type. */
export interface ByHand {
  readonly what: string;
  readonly need: string;
  /** Unix ms by which it must have been asked for. */
  readonly askBy: number;
  readonly how: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Instruction {
  /** How long before buyers may come it must be asked for. */
  readonly leadMs: number;
  readonly how: (need: number) => string;
}

/** Where the thing is not what AWS or Temporal Cloud run, somebody who runs it knows better: every sentence says for which. */
const INSTRUCTIONS: Readonly<Partial<Record<StorePlan['store'], Instruction>>> = {
  'load-balancer': {
    leadMs: LEAD_PARALLEL_SECONDS.balancerReservation * 1000,
    how: (need) =>
      `with an AWS load balancer: aws elbv2 modify-capacity-reservation --load-balancer-arn ARN --minimum-load-balancer-capacity CapacityUnits=${need}; ` +
      'after the sale the same with --reset-capacity-reservation (at most two decreases a day)',
  },
  'redis-throughput': {
    leadMs: LEAD_PARALLEL_SECONDS.elasticacheMinimum * 1000,
    how: (need) =>
      `with ElastiCache Serverless: aws elasticache modify-serverless-cache --serverless-cache-name NAME --cache-usage-limits ECPUPerSecond={Minimum=${Math.ceil(need * MODEL.storeMargin)}}; ` +
      'after the sale the same with the minimum from before',
  },
  'control-plane': {
    leadMs: LEAD_PARALLEL_SECONDS.controlPlaneTier * 1000,
    how: () =>
      'on EKS: aws eks update-cluster-config --name CLUSTER --control-plane-scaling-config tier=tier-xl; after the sale the same with tier=standard',
  },
  temporal: {
    leadMs: DAY_MS,
    how: (need) =>
      `with Temporal Cloud: give the namespace provisioned capacity of ${Math.ceil(need / MODEL.temporalCloudActionsPerSecond)} TRU, and on-demand capacity after the sale; ` +
      'with your own servers: raise frontend.namespaceRPS in their dynamic configuration',
  },
  mail: {
    leadMs: 7 * DAY_MS,
    how: (need) =>
      `compare with aws sesv2 get-account --query SendQuota.MaxSendRate; below ${need} mails with tickets queue up while the sale runs: ask AWS for a higher rate`,
  },
};

/** What somebody must raise before buyers come; empty for most sales. */
export function byHand(stores: readonly StorePlan[], preQueueAt: number): ByHand[] {
  return stores.flatMap(({ store, need, unit, action }) => {
    const instruction = INSTRUCTIONS[store];
    if (instruction === undefined || action === 'none') return [];
    return [
      { what: store, need: `${need} ${unit}`, askBy: preQueueAt - instruction.leadMs, how: instruction.how(need) },
    ];
  });
}
