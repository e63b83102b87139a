/**
 * The service proxy of the process node; in a process of its own, so that a crowd at the gateway never delays a probe.
 * Argument: JSON of ProxySettings.
 */
import { createServer } from 'node:http';
import { createLogger } from '#runtime/log.ts';
import { KubeApi } from './kube-api.ts';
import { mayListenLow } from './low-ports.ts';
import type { Pod } from './pod.ts';
import { type Service, ServiceProxy } from './service-proxy.ts';
import { LOW_PORT_SHIFT, type ProxySettings } from './settings.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as ProxySettings;
const log = createLogger({ service: 'kube-proxy' });
const api = new KubeApi(settings.kubeconfig);
const lowPortShift = (await mayListenLow(settings.address)) ? 0 : LOW_PORT_SHIFT;
const proxy = new ServiceProxy({ log, settings, lowPortShift });
const stop = new AbortController();
const again = (error: unknown) => log.warn({ err: error }, 'a watch begins again');
void api.follow<Service>('/api/v1/services', {}, proxy.services, stop.signal, again);
void api.follow<Pod>('/api/v1/pods', {}, proxy.pods, stop.signal, again);
createServer((_, response) => response.end('ok')).listen(settings.healthPort, settings.address, () =>
  log.info('Services lead to pods'),
);
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(0));
