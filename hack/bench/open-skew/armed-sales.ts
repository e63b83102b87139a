import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventIdName, GATE_FIELD, ID_NAMESPACE, redisKey, SERVICES } from '#proto/names.ts';
import { uuidV5 } from '#runtime/ids.ts';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import type { BenchContext } from '../benchmark.ts';
import { type Cluster, GROUP } from '../load/api-cluster.ts';
import { freePort, type RunningProgram, startProgram } from '../load/program.ts';
import { until } from '../load/until.ts';
import type { WaitroomBench } from '../waitroom/room.ts';
import type { Room } from './rooms.ts';

/** One operator and the sales that it armed. */
export interface ArmedSales {
  readonly rooms: readonly Room[];
  readonly operator: RunningProgram;
}

/**
 * EventSales as anybody writes them, put into Redis by a real operator: the doors of each are armed long before they open.
 * There is no platform behind them, so they are told to open anyway; nothing here waits for replicas.
 */
export async function armSales(
  context: BenchContext,
  cluster: Cluster,
  bench: WaitroomBench,
  { namespace, opensAtMs }: { readonly namespace: string; readonly opensAtMs: readonly number[] },
): Promise<ArmedSales> {
  await makePlatform(context, cluster, bench, namespace);
  const operator = await startOperator(context, cluster, namespace);
  try {
    const sample = parse(readFileSync(join(context.root, 'config/samples/eventsale.yaml'), 'utf8'));
    const rooms: Room[] = [];
    for (const [number, at] of opensAtMs.entries()) {
      const name = `sale-${number}`;
      await cluster.call('POST', `${GROUP}/namespaces/${namespace}/eventsales`, {
        ...sample,
        metadata: { name, namespace },
        spec: {
          ...sample.spec,
          schedule: scheduleOf(at),
          onNotReady: { policy: 'OpenAnyway' },
          // A floor that is named never limits admissions; nobody buys here.
          capacity: Object.fromEntries(SERVICES.map((service) => [service, { minReplicas: 1 }])),
        },
      });
      const platform = { namespace, name: 'ticketbottle' };
      rooms.push({ eventId: uuidV5(ID_NAMESPACE, eventIdName(platform, { namespace, name })), opensAtMs: at });
    }
    for (const { eventId, opensAtMs: at } of rooms)
      await until(
        `the gate of ${eventId}`,
        async () => (await bench.redis.hget(redisKey.gate(eventId), GATE_FIELD.opensAtMs)) === String(at),
        { withinMs: 60_000 },
      );
    return { rooms, operator };
  } catch (error) {
    await operator.stop('SIGKILL');
    throw error;
  }
}

function scheduleOf(opensAtMs: number): object {
  return {
    preQueueAt: new Date(Date.now() - 60_000).toISOString(),
    opensAt: new Date(opensAtMs).toISOString(),
    closesAt: new Date(opensAtMs + 3_600_000).toISOString(),
    prescaleLead: '10m',
  };
}

/** Suspended: its own controller leaves it alone, and its sales are armed all the same. */
async function makePlatform(
  { root }: BenchContext,
  cluster: Cluster,
  { redisAddress }: WaitroomBench,
  namespace: string,
): Promise<void> {
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const { privateJwk } = await generateKeyPairJwk();
  const stringData = { ACCESS_PRIVATE_JWK: JSON.stringify(privateJwk) };
  await cluster.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'ticketbottle-signing-keys', namespace },
    stringData,
  });
  const platform = parse(readFileSync(join(root, 'config/samples/platform.yaml'), 'utf8'));
  platform.metadata = { name: 'ticketbottle', namespace };
  platform.spec.suspend = true;
  platform.spec.redis = { address: redisAddress };
  await cluster.call('POST', `${GROUP}/namespaces/${namespace}/ticketbottleplatforms`, platform);
}

async function startOperator({ root, nodeArgs }: BenchContext, { server }: Cluster, namespace: string) {
  const port = await freePort();
  return await startProgram({
    root,
    file: 'operator/main.ts',
    nodeArgs,
    env: {
      KUBECONFIG: server.kubeconfig,
      WATCH_NAMESPACES: namespace,
      POD_NAMESPACE: namespace,
      POD_NAME: 'first',
      OPS_PORT: String(port),
      LOG_LEVEL: 'warn',
    },
    ready: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
  });
}
