/**
 * The informer of @kubernetes/client-node as its example has it: started again five seconds after an error. Prints
 * `NAME RESOURCE_VERSION UNIX_MS` for every object that it tells of, `synced` after the first list.
 */
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';

const RESTART_MS = 5_000;
const namespace = process.env['WATCH_NAMESPACES'] ?? 'default';
const config = new KubeConfig();
config.loadFromFile(process.env['KUBECONFIG'] ?? '');
const api = config.makeApiClient(CoreV1Api);
const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
  api.listNamespacedConfigMap({ namespace }),
);
const tell = ({ metadata }: V1ConfigMap) =>
  process.stdout.write(`${metadata?.name} ${metadata?.resourceVersion} ${Date.now()}\n`);
informer.on('add', tell);
informer.on('update', tell);
informer.on('error', () => setTimeout(() => void start(), RESTART_MS));
process.once('SIGTERM', () => process.exit(0));
await start();
process.stdout.write('synced\n');

async function start(): Promise<void> {
  try {
    await informer.start();
  } catch {
    setTimeout(() => void start(), RESTART_MS);
  }
}
