import { backingAddresses, LOCAL_PORTS } from '#runtime/local/backing.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { DemoValues } from './values.ts';

/** The gateway's NodePort in the local cluster, and the port of this machine that leads to it. */
export const GATEWAY_NODE_PORT = 30080;
export const GATEWAY_HOST_PORT = 8080;
/** The payment simulator, inside the cluster's network namespace. */
export const PROVIDERS_PORT = 8600;

/** Where everything is in the local cluster. */
export function localValues(layout: LocalLayout, version: string): DemoValues {
  const { postgres, redis, kafka, temporal, aws } = backingAddresses(layout.nodeIp, LOCAL_PORTS);
  const providersUrl = `http://${layout.nodeIp}:${PROVIDERS_PORT}`;
  return {
    images: { registry: 'localhost/ticketbottle', version, pullPolicy: 'Never' },
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
    providers: {
      url: providersUrl,
      // Keys of the simulator; they open nothing else.
      zalopay: { appId: '2553', key1: 'local-zalopay-key1', key2: 'local-zalopay-key2' },
      payos: { clientId: 'local-payos-client', apiKey: 'local-payos-api-key', checksumKey: 'local-payos-checksum-key' },
    },
    reach: {
      // Load stays on the namespace's loopback.
      gatewayUrl: `http://127.0.0.1:${GATEWAY_NODE_PORT}`,
      providersUrl,
      awsEndpoint: aws.endpoint,
      postgresHost: postgres.host,
      postgresPort: postgres.port,
      publicUrl: `http://127.0.0.1:${GATEWAY_HOST_PORT}`,
    },
    nodePort: GATEWAY_NODE_PORT,
  };
}
