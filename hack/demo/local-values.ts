import { PROVIDER_KEYS } from '#runtime/local/backing/providers.ts';
import { backingAddresses, LOCAL_PORTS } from '#runtime/local/backing.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { DemoValues } from './values.ts';

/** The gateway's NodePort in the local cluster. */
export const GATEWAY_NODE_PORT = 30080;

/** Where everything is in the local cluster; `images` are the newest ones by program, `gatewayPort` is one of this machine. */
export function localValues(layout: LocalLayout, gatewayPort: number, images: ReadonlyMap<string, string>): DemoValues {
  const { postgres, redis, kafka, temporal, aws, providers } = backingAddresses(layout.nodeIp, LOCAL_PORTS);
  return {
    images: {
      registry: 'localhost/ticketbottle',
      version: '1.0.0',
      pullPolicy: 'Never',
      overrides: Object.fromEntries(images),
    },
    postgres: { host: postgres.host, port: postgres.port, username: postgres.user, password: postgres.password },
    redis: { address: redis.address },
    kafka: { brokers: kafka.brokers, replicationFactor: 1 },
    temporal: { address: temporal.address },
    aws: {
      endpoint: aws.endpoint,
      region: aws.region,
      accessKeyId: aws.accessKeyId,
      secretAccessKey: aws.secretAccessKey,
    },
    providers: { url: providers.url, ...PROVIDER_KEYS },
    reach: {
      // Load stays on loopback: the namespace's, or this machine's where there is none.
      gatewayUrl: `http://${layout.loopback}:${GATEWAY_NODE_PORT}`,
      providersUrl: providers.url,
      awsEndpoint: aws.endpoint,
      postgresHost: postgres.host,
      postgresPort: postgres.port,
      publicUrl: `http://127.0.0.1:${gatewayPort}`,
    },
    nodePort: GATEWAY_NODE_PORT,
  };
}
