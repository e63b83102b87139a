import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const NAMESPACE = 'soak';
export const PLATFORMS = `/apis/ticketbottle.io/v1alpha1/namespaces/${NAMESPACE}/ticketbottleplatforms`;
export const SALES = `/apis/ticketbottle.io/v1alpha1/namespaces/${NAMESPACE}/eventsales`;

const SAMPLES = join(import.meta.dirname, '..', '..', 'config', 'samples');
/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** The platform of the samples with every address leading nowhere. */
export function platform(name: string, suspend: boolean): Manifest {
  const text = readFileSync(join(SAMPLES, 'platform.yaml'), 'utf8').replaceAll(/10\.89\.0\.1:\d+/g, NOWHERE);
  const manifest = parse(text) as Manifest & { spec: { postgres: object; ingress: object } };
  return {
    ...manifest,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...manifest.spec,
      suspend,
      postgres: { ...manifest.spec.postgres, host: '127.0.0.1', port: 1 },
      // A node port belongs to one platform.
      ingress: { ...manifest.spec.ingress, serviceType: 'ClusterIP', nodePort: undefined },
    },
  };
}

/** The sale of the samples, opening in days: nothing of it is due during the soak. */
export function sale(name: string, platformName: string): Manifest {
  const manifest = parse(readFileSync(join(SAMPLES, 'eventsale.yaml'), 'utf8')) as Manifest & {
    spec: { schedule: object };
  };
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  return {
    ...manifest,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...manifest.spec,
      platformRef: { name: platformName },
      schedule: { ...manifest.spec.schedule, preQueueAt: at(6.9), opensAt: at(7), closesAt: at(7.1) },
    },
  };
}

export function secrets(): Manifest[] {
  const secret = (name: string, stringData: Record<string, string>): Manifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData,
  });
  return [
    secret('aurora-credentials', { username: 'postgres', password: 'x' }),
    secret('aws-credentials', { 'access-key-id': 'x', 'secret-access-key': 'x' }),
    secret('zalopay-credentials', { 'app-id': '1', key1: 'x', key2: 'x' }),
    secret('payos-credentials', { 'client-id': 'x', 'api-key': 'x', 'checksum-key': 'x' }),
  ];
}
