import { SERVICE_PORT } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta, serviceObject } from '../names.ts';

/** The gateway under a host name; undefined when the spec names none. */
export function ingress(platform: TicketBottlePlatform) {
  const { host, className } = platform.spec.ingress;
  if (host === undefined) return undefined;
  const name = serviceObject(platform, 'gateway');
  const backend = { service: { name, port: { number: SERVICE_PORT.gateway } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: childMeta(platform, name, 'gateway'),
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}
