/**
 * The kubelet of the process node: registers the Node, runs the pods bound to it as processes, and answers the API server.
 * Argument: JSON of KubeletSettings.
 */
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { systemClock } from '#runtime/clock.ts';
import { createLogger } from '#runtime/log.ts';
import { EventRecorder } from './event-recorder.ts';
import { KubeApi } from './kube-api.ts';
import { startKubeletServer } from './kubelet-server.ts';
import { mayListenLow } from './low-ports.ts';
import { NodeRegistration, nodeCapacity } from './node-registration.ts';
import type { Pod } from './pod.ts';
import { PodManager } from './pod-manager.ts';
import { type KubeletSettings, LOW_PORT_SHIFT } from './settings.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as KubeletSettings;
const log = createLogger({ service: 'kubelet' });
const api = new KubeApi(settings.kubeconfig);
const stop = new AbortController();

const { node } = settings;
const repository = join(import.meta.dirname, '..', '..', '..');
const manager = new PodManager(
  {
    ...{ api, log, clock: systemClock, domain: settings.dns.domain },
    events: new EventRecorder({ api, log, clock: systemClock, node: node.name }),
    node: { name: node.name, address: node.address, allocatable: nodeCapacity() },
    dns: { servers: [`${settings.dns.address}:${settings.dns.port}`], search: [], ndots: 5 },
    ...{ pods: settings.pods, logs: settings.logs, images: settings.images },
    real: [settings.pods, settings.images, repository, dirname(process.execPath)],
    lowPortShift: (await mayListenLow(node.address)) ? 0 : LOW_PORT_SHIFT,
  },
  settings.podCidr,
);
const registration = new NodeRegistration({ api, clock: systemClock, log, settings });
const server = await startKubeletServer({ api, clock: systemClock, log, manager, settings });
await registration.register();
const beating = registration.keepFresh(stop.signal);
const following = api.follow<Pod>(
  '/api/v1/pods',
  { fieldSelector: `spec.nodeName=${node.name}` },
  {
    replace: (pods) => manager.replace(pods),
    set: (pod) => manager.set(pod),
    remove: (pod) => manager.remove(pod),
  },
  stop.signal,
  (error) => log.warn({ err: error }, 'the watch of pods begins again'),
);
const health = createServer((_, response) => response.end('ok'));
health.listen(settings.healthPort, node.address, () => log.info({ node: node.name }, 'the process node runs pods'));

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    stop.abort();
    health.close();
    void manager.endAll().then(async () => {
      server.closeAllConnections();
      server.close();
      await Promise.all([beating, following]);
      await api.close();
      process.exit(0);
    });
  });
}
