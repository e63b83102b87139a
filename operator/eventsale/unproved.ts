import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import type { CapacityPlan } from './capacity.ts';

export type ReadyReplicas = Readonly<Partial<Record<ServiceName, number>>>;

/**
 * Ready replicas of each service where a sale opens without everything having been proved (OpenAnyway, or a hold that runs
 * out): these are what buyers are let in by. undefined where the plan was proved, or is of no use any more.
 */
export function unprovedReplicas(
  { status }: Pick<EventSale, 'status'>,
  replicasOf: (service: ServiceName) => number | undefined,
): ReadyReplicas | undefined {
  const verdict = status?.decision?.verdict;
  if (verdict !== 'Hold' && verdict !== 'OpenAnyway') return undefined;
  if (status?.phase === 'Closed' || status?.phase === 'ScaledDown') return undefined;
  return Object.fromEntries(
    SERVICES.flatMap((service) => {
      const ready = replicasOf(service);
      return ready === undefined ? [] : [[service, ready]];
    }),
  );
}

/** For people, without the numbers, which change with every replica; undefined where nothing is held back. */
export function slowedBy(
  { services, admission }: Pick<CapacityPlan, 'services' | 'admission'>,
  ready: ReadyReplicas | undefined,
): string | undefined {
  const line = services.find(({ service }) => service === admission.limitedBy);
  if (line === undefined || (ready?.[line.service] ?? line.replicas) >= line.replicas) return undefined;
  return `until every replica of ${line.service} is ready fewer buyers per minute are let in: status.admission says how many`;
}
