import { OPS_PORT, SERVICE_PORT, type ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { childMeta, selectorOf, serviceObject } from '../names.ts';

/** gRPC clients balance over pods themselves, so their Services are headless; the gateway's is what the spec says. */
export function service(platform: TicketBottlePlatform, name: ServiceName) {
  const common = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMeta(platform, serviceObject(platform, name), name),
  };
  const selector = selectorOf(platform, name);
  if (name !== 'gateway')
    return {
      ...common,
      spec: {
        clusterIP: 'None',
        selector,
        ports: [
          { name: 'grpc', port: SERVICE_PORT[name], targetPort: 'grpc', protocol: 'TCP' },
          { name: 'ops', port: OPS_PORT, targetPort: 'ops', protocol: 'TCP' },
        ],
      },
    };
  const { serviceType, nodePort } = platform.spec.ingress;
  const port = { name: 'http', port: SERVICE_PORT.gateway, targetPort: 'http', protocol: 'TCP' };
  return {
    ...common,
    // Metrics stay inside: the ops port is not among the ports of a Service that may face the world.
    spec: {
      type: serviceType,
      selector,
      ports: [serviceType !== 'ClusterIP' && nodePort !== undefined ? { ...port, nodePort } : port],
    },
  };
}
