/**
 * Tells every change of the ConfigMaps of a namespace on standard output, `NAME RESOURCE_VERSION UNIX_MS` a line and `synced`
 * after the first list: this runtime's informer by itself, to be measured (npm run bench -- watch-resilience) or looked at.
 *
 *   KUBECONFIG=... WATCH_NAMESPACES=... node operator/kube/watch-probe.ts
 */
import { systemClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createClient } from './client.ts';
import { connect } from './connection.ts';
import { createInformers } from './informer.ts';
import { CONFIG_MAP } from './resource.ts';

const clock = systemClock;
const metrics = createMetrics('watch-probe');
const kubeconfig = process.env['KUBECONFIG'];
const client = createClient({
  connection: connect({ clock, ...(kubeconfig === undefined ? {} : { kubeconfig }) }),
  clock,
  metrics,
});
const namespaces = (process.env['WATCH_NAMESPACES'] ?? 'default').split(',');
const informers = createInformers({ client, log: silentLogger(), clock, metrics, namespaces });
const configMaps = informers.of(CONFIG_MAP);
configMaps.onChange((_key, object) => {
  if (object === undefined) return;
  process.stdout.write(`${object.metadata.name} ${object.metadata.resourceVersion} ${clock.now()}\n`);
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
void configMaps.synced.then(() => process.stdout.write('synced\n'));
await informers.start(stop.signal);
await client.close();
