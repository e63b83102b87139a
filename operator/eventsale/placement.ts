import type { Deployment } from './prescale/workloads.ts';

/** Where a pod may go. */
export type Placement = Pick<
  NonNullable<NonNullable<Deployment['spec']['template']>['spec']>,
  'nodeSelector' | 'tolerations'
>;

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** What of a node decides which pods it takes. */
export interface Spot {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** Whether a pod may run there, as the scheduler judges labels and taints. Pure. */
export function takes({ labels, taints }: Spot, { nodeSelector = {}, tolerations = [] }: Placement): boolean {
  if (Object.entries(nodeSelector).some(([key, value]) => labels[key] !== value)) return false;
  const hard = taints.filter(({ effect }) => effect !== 'PreferNoSchedule');
  return hard.every((taint) =>
    tolerations.some(
      ({ key, operator = 'Equal', value = '', effect }) =>
        (effect === undefined || effect === taint.effect) &&
        (key === undefined || key === taint.key) &&
        (operator === 'Exists' || value === (taint.value ?? '')),
    ),
  );
}
