import type { CapacityPlan } from './capacity.ts';

/** What the platform's caps keep a sale from, and how to mend it, in one sentence; undefined when they are wide enough. */
export function shortfall({ services, admission }: Pick<CapacityPlan, 'services' | 'admission'>): string | undefined {
  const capped = services.filter((service) => service.capped);
  if (capped.length === 0) return undefined;
  const { declaredPerMinute, safePerMinute, limitedBy } = admission;
  const cost =
    safePerMinute < declaredPerMinute
      ? `${safePerMinute} of ${declaredPerMinute} buyers per minute can be let in${limitedBy === undefined ? '' : `, ${limitedBy} is the limit`}`
      : 'not everybody who comes at once can be served at the door';
  const raises = capped.map(({ service, needed }) => `spec.services.${service}.replicas.max to ${needed}`);
  return `${cost}: raise ${raises.join(', ')} in the platform, or lower spec.demand and spec.waitroom`;
}
