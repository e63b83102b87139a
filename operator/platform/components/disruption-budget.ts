import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { childMeta, selectorOf, serviceObject } from '../names.ts';

/** On a budget while a sale holds all of its capacity: the fields are the sale's until it lets go. */
const SALE_HOLDS = 'ticketbottle.io/before-sale';

/** A quarter at a time may go. It rounds up, so a drain never hangs on a service of one replica. */
export function disruptionBudget(platform: TicketBottlePlatform, service: ServiceName, observed?: KubeObject) {
  const heldBySale = observed?.metadata.annotations?.[SALE_HOLDS] !== undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMeta(platform, serviceObject(platform, service), service),
    spec: {
      ...(heldBySale ? {} : { maxUnavailable: '25%' }),
      // A pod that never became ready protects nobody.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorOf(platform, service) },
    },
  };
}
