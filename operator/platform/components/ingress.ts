import { SERVICE_PORT } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta, serviceObject } from '../names.ts';

/** The gateway under a host name; undefined when the spec names none, or a Gateway. */
export function ingress(platform: TicketBottlePlatform) {
  const { annotations, host, className, gatewayRef, tlsSecretRef } = platform.spec.ingress;
  if (host === undefined || gatewayRef !== undefined) return undefined;
  const name = serviceObject(platform, 'gateway');
  const backend = { service: { name, port: { number: SERVICE_PORT.gateway } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...childMeta(platform, name, 'gateway'), ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tlsSecretRef === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecretRef.name }] }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}
