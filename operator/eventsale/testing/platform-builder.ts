import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { SERVICES } from '#proto/names.ts';

/** As much of a platform as a sale reads; the rest of the spec is not there. For tests. */
export function aPlatform(overrides: Partial<TicketBottlePlatform['spec']> = {}): TicketBottlePlatform {
  const service = { managed: true, replicas: { min: 1, max: 40 } };
  const spec = {
    version: '1.0.0',
    region: { name: 'us-east-1', role: 'Active' },
    services: Object.fromEntries(SERVICES.map((name) => [name, service])),
    redis: { address: '127.0.0.1:6379' },
    kafka: { management: 'Admin' },
    lambda: { functions: {} },
    suspend: false,
    ...overrides,
  };
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    metadata: {
      name: 'ticketbottle',
      namespace: 'ticketbottle',
      uid: 'uid-of-platform',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2027-01-01T00:00:00Z',
    },
    spec: spec as unknown as TicketBottlePlatform['spec'],
  };
}
