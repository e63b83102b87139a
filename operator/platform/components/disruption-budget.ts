import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta, selectorOf, serviceObject } from '../names.ts';

/** A quarter at a time may go. It rounds up, so a drain never hangs on a service of one replica. */
export function disruptionBudget(platform: TicketBottlePlatform, service: ServiceName) {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMeta(platform, serviceObject(platform, service), service),
    spec: {
      maxUnavailable: '25%',
      // A pod that never became ready protects nobody.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorOf(platform, service) },
    },
  };
}
