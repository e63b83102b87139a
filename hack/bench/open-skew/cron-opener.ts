import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startControllers } from '#runtime/local/control-programs.ts';
import type { Cluster } from '../load/api-cluster.ts';
import type { Room } from './rooms.ts';

const NAMESPACE = 'cron';

/** Kubernetes' own CronJob and Job controllers; a pod starts its program at once, without scheduling, image or sandbox. */
export interface CronOpener extends AsyncDisposable {
  /** At the next full minute these doors are to be opened. */
  schedule(name: string, rooms: readonly Room[]): Promise<void>;
  cancel(name: string): Promise<void>;
}

export async function startCronOpener(root: string, cluster: Cluster, redisAddress: string): Promise<CronOpener> {
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const manager = await startControllers(cluster.server, ['cronjob-controller', 'job-controller']);
  const stop = new AbortController();
  const opened = new Map<string, readonly string[]>();
  const started: Promise<unknown>[] = [];
  const kubelet = (async () => {
    type Pod = { metadata: { name: string } };
    for await (const { type, object } of cluster.watch<Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`, stop.signal)) {
      const job = [...opened.keys()].find((name) => object.metadata.name.startsWith(`${name}-`));
      const eventIds = job === undefined ? undefined : opened.get(job);
      if (type !== 'ADDED' || job === undefined || eventIds === undefined) continue;
      opened.delete(job);
      const program = join(root, 'hack/bench/open-skew/open-doors.ts');
      const child = spawn(process.execPath, [program, redisAddress, ...eventIds], { stdio: 'inherit' });
      started.push(once(child, 'exit'));
    }
  })();
  kubelet.catch(() => {}); // Ended by the signal; a watch that breaks leaves its rooms shut, which is found.
  const path = `/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs`;
  return {
    async schedule(name, rooms) {
      opened.set(
        name,
        rooms.map(({ eventId }) => eventId),
      );
      const container = { name: 'open', image: 'none' };
      await cluster.call('POST', path, {
        metadata: { name },
        spec: {
          schedule: '* * * * *',
          jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } } },
        },
      });
    },
    async cancel(name) {
      await cluster.call('PATCH', `${path}/${name}`, { spec: { suspend: true } }, 'application/merge-patch+json');
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await kubelet.catch(() => {});
      await Promise.all(started);
      await manager.stop();
    },
  };
}
