import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { OperatorConfig } from '#operator/config.ts';
import type { ControllerDeps } from '#operator/controller-deps.ts';
import { createEventSaleController, type EventSaleSeams } from '#operator/eventsale/controller.ts';
import { createApplier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { createInformers } from '#operator/kube/informer.ts';
import { createRecorder } from '#operator/kube/recorder.ts';
import { CRD, DEPLOYMENT, EVENT_SALE, HPA, type KubeObject, PDB, PLATFORM, SECRET } from '#operator/kube/resource.ts';
import { SERVICES } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createLogger, silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { eventually, leaderOf } from '../kube/api-fixture.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');
const MANAGED = { 'app.kubernetes.io/managed-by': 'ticketbottle-operator' };

/** Both kinds, served. */
export async function installKinds(client: KubeClient): Promise<void> {
  for (const file of ['ticketbottle.io_eventsales.yaml', 'ticketbottle.io_ticketbottleplatforms.yaml'])
    await client.apply(CRD, parse(readFileSync(join(ROOT, 'crds', file), 'utf8')), {
      fieldManager: 'test',
      timeoutMs: 60_000,
    });
  // A new kind is served a moment after its definition is there.
  for (const resource of [EVENT_SALE, PLATFORM])
    await eventually(() =>
      client.list(resource).then(
        () => true,
        () => false,
      ),
    );
}

/** The sample platform with its Secret and autoscalers, as the platform controller would leave them. */
export async function makePlatform(
  client: KubeClient,
  namespace: string,
  options: {
    readonly redisAddress: string;
    readonly accessKey: string;
    /** Where there are none, nothing answers at once. */
    readonly aws?: { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly postgres?: {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
    };
  },
): Promise<void> {
  const sample = parse(readFileSync(join(ROOT, 'config/samples/platform.yaml'), 'utf8'));
  // The sample is sized for two cores, and defaults are measured anew: what these tests expect must not move with either.
  const capacity: Record<string, object> = {
    gateway: { requestsPerSecond: 750, streams: 10_000 },
    waitroom: { requestsPerSecond: 1500 },
    inventory: { requestsPerSecond: 500, hotRowPerSecond: 475 },
    order: { requestsPerSecond: 75 },
    payment: { requestsPerSecond: 75 },
  };
  for (const name of SERVICES) {
    const capacityPerReplica = capacity[name];
    sample.spec.services[name] = {
      ...sample.spec.services[name],
      replicas: { min: 1, max: 4 },
      ...(capacityPerReplica === undefined ? {} : { capacityPerReplica }),
    };
  }
  sample.metadata = { name: 'ticketbottle', namespace };
  sample.spec.redis = { address: options.redisAddress };
  const { aws, postgres } = options;
  sample.spec.aws = {
    ...sample.spec.aws,
    endpoint: aws?.endpoint ?? 'http://127.0.0.1:9',
    credentialsSecretRef: { name: 'aws' },
  };
  sample.spec.orders = { ...sample.spec.orders, endpoint: undefined };
  sample.spec.postgres = {
    host: postgres?.host ?? '127.0.0.1',
    port: postgres?.port ?? 9,
    credentialsSecretRef: { name: 'postgres' },
  };
  const secrets = {
    aws: { 'access-key-id': aws?.accessKeyId ?? 'nobody', 'secret-access-key': aws?.secretAccessKey ?? 'nobody' },
    postgres: { username: postgres?.user ?? 'nobody', password: postgres?.password ?? 'nobody' },
  };
  for (const [name, stringData] of Object.entries(secrets))
    await client.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData,
    } as KubeObject);
  await client.apply(PLATFORM, sample, { fieldManager: 'test' });
  await client.create(SECRET, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ticketbottle-signing-keys', namespace },
    stringData: { ACCESS_PRIVATE_JWK: options.accessKey },
  } as KubeObject);
  for (const service of SERVICES) {
    const name = `ticketbottle-${service}`;
    const maxReplicas = sample.spec.services[service].replicas.max;
    const hpa = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace, labels: MANAGED },
      spec: { minReplicas: 1, maxReplicas, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
    };
    await client.apply(HPA, hpa as KubeObject, { fieldManager: 'ticketbottle-operator' });
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace, labels: MANAGED },
      spec: { maxUnavailable: '25%', selector: { matchLabels: { app: name } } },
    };
    await client.apply(PDB, budget as KubeObject, { fieldManager: 'ticketbottle-operator' });
  }
}

/** Deployments whose replicas are all ready: what the kubelet and its controllers would report, of which there are none here. */
export async function reportReplicas(client: KubeClient, namespace: string, replicas: number): Promise<void> {
  for (const service of SERVICES) {
    const name = `ticketbottle-${service}`;
    const labels = { app: name };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels: MANAGED },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'none' }] } },
      },
    };
    const { metadata } = await client.apply(DEPLOYMENT, deployment as KubeObject, { fieldManager: 'test' });
    const status = {
      observedGeneration: metadata.generation,
      replicas,
      readyReplicas: replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    };
    await client.mergePatch(DEPLOYMENT, namespace, name, { status }, { subresource: 'status' });
  }
}

/** The sample sale, changed. */
export async function makeSale(
  client: KubeClient,
  namespace: string,
  name: string,
  change: (spec: Record<string, unknown>) => void,
): Promise<EventSale> {
  const sample = parse(readFileSync(join(ROOT, 'config/samples/eventsale.yaml'), 'utf8'));
  sample.metadata = { name, namespace };
  // The sample's own evening would be past one day.
  sample.spec.event.startsAt = new Date(Date.now() + 60 * 24 * 3_600_000).toISOString();
  change(sample.spec);
  return await client.apply<EventSale>(EVENT_SALE, sample, { fieldManager: 'test' });
}

/** The controller with everything it stands on, in this process. */
export function startOperator(own: KubeClient, namespace: string, seams: EventSaleSeams, fencingToken = 5) {
  const verbose = process.env['TEST_LOG'] !== undefined;
  const log = verbose ? createLogger({ service: 'operator', level: 'debug' }) : silentLogger();
  const metrics = new Registry();
  const informers = createInformers({ client: own, log, clock: systemClock, metrics, namespaces: [namespace] });
  const recorder = createRecorder({
    client: own,
    clock: systemClock,
    log,
    metrics,
    controller: 'ticketbottle.io/operator',
    instance: 'test',
  });
  const deps: ControllerDeps = {
    client: own,
    applier: (fieldManager) => createApplier({ client: own, fieldManager, metrics }),
    informers,
    recorder,
    leader: leaderOf(undefined, fencingToken),
    clock: systemClock,
    log,
    metrics,
    config: { root: ROOT } as OperatorConfig,
  };
  const controller = createEventSaleController(deps, seams);
  const stop = new AbortController();
  const running = Promise.all([informers.start(stop.signal), controller.run(stop.signal)]);
  return {
    client: own,
    metrics,
    stop: async () => {
      stop.abort();
      await running;
      await recorder.flush();
      await own.close();
    },
  };
}
