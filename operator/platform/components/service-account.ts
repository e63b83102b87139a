import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta, serviceObject } from '../names.ts';

/** Identity of a service's pods; annotations tie it to a cloud role. Pods get its token only where they ask for it. */
export function serviceAccount(platform: TicketBottlePlatform, service: ServiceName) {
  const annotations = platform.spec.services[service].serviceAccountAnnotations;
  const metadata = childMeta(platform, serviceObject(platform, service), service);
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: annotations === undefined ? metadata : { ...metadata, annotations },
    automountServiceAccountToken: false,
  };
}
