/** Wiring only: configuration, clients, controllers, leader election, health and metrics. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '#runtime/clock.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { readConfig } from './config.ts';
import type { ControllerDeps } from './controller-deps.ts';
import { createEventSaleController } from './eventsale/controller.ts';
import { type Applier, createApplier } from './kube/apply.ts';
import { createClient } from './kube/client.ts';
import { connect } from './kube/connection.ts';
import { createInformers } from './kube/informer.ts';
import { createLeader, soleLeader } from './kube/leader.ts';
import { createRecorder } from './kube/recorder.ts';
import { createPlatformController } from './platform/controller.ts';

const LEASE_NAME = 'ticketbottle-operator';

const config = readConfig(process.env);
const clock = systemClock;
const log = createLogger({ service: 'operator', version: config.version, level: config.logLevel });
const metrics = createMetrics('operator');

await runProgram({
  name: 'operator',
  log,
  start: async (stack, signal, program) => {
    const connection = connect({
      clock,
      ...(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig }),
    });
    const client = createClient({ connection, clock, metrics });
    stack.defer(async () => await client.close());
    const informers = createInformers({
      client,
      log,
      clock,
      metrics,
      namespaces: config.watchNamespaces,
      limits: config.relistMs === undefined ? {} : { relistMs: config.relistMs },
    });
    const recorder = createRecorder({
      client,
      clock,
      log,
      metrics,
      controller: 'ticketbottle.io/operator',
      instance: config.podName,
      stopping: signal,
    });
    program.flush(async () => await recorder.flush());
    const leader = config.leaderElect
      ? createLeader({
          client,
          clock,
          log,
          metrics,
          namespace: config.podNamespace,
          name: LEASE_NAME,
          // A restarted container of the same pod is another candidate.
          identity: `${config.podName}_${randomUUID()}`,
        })
      : soleLeader(clock, `${config.podNamespace}/without-a-lease`);

    const appliers = new Map<string, Applier>();
    const applier = (fieldManager: string): Applier => {
      const known = appliers.get(fieldManager) ?? createApplier({ client, fieldManager, metrics });
      appliers.set(fieldManager, known);
      return known;
    };
    const deps: ControllerDeps = { client, applier, informers, recorder, leader, clock, log, metrics, config };
    const controllers = [createPlatformController(deps), createEventSaleController(deps)];

    program.readiness.probe('caches', async () => {
      if (!informers.hasSynced) throw new Error(`waiting for the first list of ${informers.waitingFor().join(', ')}`);
    });
    stack.use(await startOpsServer({ port: config.opsPort, readiness: program.readiness, metrics }));

    // Followers keep their caches warm, so that a new leader can act at once.
    const caches = informers.start(signal);
    const work = leader.run(signal, async (term) => {
      await Promise.all(controllers.map(async (controller) => await controller.run(term)));
    });
    for (const part of [caches, work]) part.catch((error: unknown) => program.fail(error));
    program.drain(async () => {
      await Promise.allSettled([caches, work]);
    });
    log.info({ server: client.server, namespaces: config.watchNamespaces }, 'operator started');
  },
});
