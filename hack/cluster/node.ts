import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import { removeControlGroups, removeEmptyControlGroup } from '#runtime/local/control-groups.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { DAEMON_MARK, type DaemonSpec, type Daemons } from '#runtime/local/process.ts';
import { isAlive, processesWithEnv, signalProcess } from '#runtime/local/process-identity.ts';
import { clusterPaths, NODE_NAME, PAUSE_IMAGE } from './cluster-paths.ts';
import { answers } from './control-plane.ts';
import { givePodsCpu, PODS_GROUP } from './cpu-shares.ts';
import { type GoProgram, programPath } from './go-programs.ts';
import { holdsMounts, makeMountPoints, mountHolder, mountsOf, removeMountPoints } from './mounts.ts';
import { nodeConfig } from './node-config.ts';
import { pauseImageArchive } from './pause-image.ts';
import { writeIfChanged } from './write-file.ts';

/**
 * The one node of the local cluster. Whoever brings the cluster up needs only this much of it, so that a node of another
 * make (processes instead of containers, where containers cannot run) can take its place.
 */
export interface ClusterNode {
  /** Its daemons, in the order in which they start; the kubelet's is always called `kubelet`. */
  readonly daemons: readonly string[];
  /** Go programs that it and its surroundings need, beside the control plane's. */
  readonly programs: readonly GoProgram[];
  /** Starts what pods need, before the API server has to be there. Idempotent; says whether all was there. */
  startRuntime(signal: AbortSignal): Promise<'started' | 'running'>;
  /** Joins the cluster. Idempotent. */
  join(signal: AbortSignal): Promise<void>;
  /** Ends every container and removes whatever the node left on the machine, also after a crash. */
  remove(): Promise<void>;
}

const NODE_DAEMONS = ['mounts', 'containerd', 'kubelet', 'kube-proxy'];

/** A node of real containers: containerd and runc of the distribution, the real kubelet and kube-proxy. */
export function containerNode(layout: LocalLayout, daemons: Daemons): ClusterNode {
  const nodeProgram = () => programPath(layout.cache, 'node');
  const paths = clusterPaths(layout);
  const config = nodeConfig(layout);
  const configFile = (name: string) => join(paths.config, name);
  const ctr = ['--address', layout.containerdSocket, '--namespace', 'k8s.io'];

  const inMounts = (spec: Omit<DaemonSpec, 'netns' | 'mountNamespace'>): DaemonSpec => {
    const pid = daemons.pidOf('mounts');
    if (pid === undefined) throw new Error('the mount namespace is not held');
    return { ...spec, netns: layout.netns, mountNamespace: mountsOf(pid) };
  };

  async function remove(): Promise<void> {
    for (const name of NODE_DAEMONS.slice(1).toReversed()) await daemons.stop(name);
    await endShims();
    await removeControlGroups(containerIds().map((id) => `${PODS_GROUP}/${id}`));
    await removeEmptyControlGroup(PODS_GROUP);
    await daemons.stop('mounts');
    removeMountPoints();
    rmSync(paths.runcState, { recursive: true, force: true });
    rmSync(paths.containerdState, { recursive: true, force: true });
    rmSync(join(layout.run, 'mounts'), { recursive: true, force: true });
  }

  /** From what runc and containerd keep on disk, so it is known after a crash too. */
  function containerIds(): string[] {
    const places = [paths.runcState, join(paths.containerdState, 'io.containerd.runtime.v2.task')];
    return [...new Set(places.flatMap((place) => namesIn(join(place, 'k8s.io'))))];
  }

  /** Shims outlive containerd on purpose; they carry its mark. */
  async function endShims(): Promise<void> {
    const shims = processesWithEnv(DAEMON_MARK, join(layout.run, 'containerd'));
    for (const shim of shims) signalProcess(shim, 'SIGKILL');
    while (shims.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async function hasPauseImage(signal: AbortSignal): Promise<boolean> {
    const { stdout } = await run('ctr', [...ctr, 'images', 'list', '--quiet', `name==${PAUSE_IMAGE}`], { signal });
    return stdout.trim() !== '';
  }

  return {
    daemons: NODE_DAEMONS,
    programs: ['node', 'pause'],
    remove,

    async startRuntime(signal) {
      // Without the holder the old mounts are gone or belong to dying containers: begin with none.
      if (!holdsMounts(daemons.pidOf('mounts'))) {
        await remove();
        rmSync(join(layout.data, 'mounts', 'var/lib/cni'), { recursive: true, force: true }); // Addresses of pods that are gone.
      }
      for (const [name, text] of Object.entries(config)) writeIfChanged(configFile(name), text);
      makeMountPoints();
      await daemons.start({ ...mountHolder(layout), ready: async () => holdsMounts(daemons.pidOf('mounts')) }, signal);
      const containerd = inMounts({
        name: 'containerd',
        command: 'containerd',
        args: ['--config', configFile('containerd.toml')],
        keepChildren: true,
        revision: config['containerd.toml'] ?? '',
        ready: async () => await run('ctr', [...ctr, 'version']).then(() => true),
      });
      await daemons.start(containerd, signal);
      if (await hasPauseImage(signal)) return 'running';
      const archive = await pauseImageArchive(programPath(layout.cache, 'pause'), signal);
      await run('ctr', [...ctr, 'images', 'import', archive], { signal });
      return 'started';
    },

    async join(signal) {
      const kubelet = inMounts({
        name: 'kubelet',
        command: nodeProgram(),
        args: [
          'kubelet',
          `--config=${configFile('kubelet.json')}`,
          `--kubeconfig=${configFile('kubelet.kubeconfig')}`,
          `--root-dir=${join(layout.data, 'kubelet')}`,
          `--node-ip=${layout.nodeIp}`,
          `--hostname-override=${NODE_NAME}`,
          '--node-labels=topology.kubernetes.io/region=us-east-1,topology.kubernetes.io/zone=us-east-1a',
        ],
        revision: config['kubelet.json'] ?? '',
        ready: async (either) => await answers(layout.netns, 'http://127.0.0.1:10248/healthz', either),
      });
      const kubeProxy = inMounts({
        name: 'kube-proxy',
        command: nodeProgram(),
        args: ['kube-proxy', `--config=${configFile('kube-proxy.json')}`, `--hostname-override=${NODE_NAME}`],
        revision: config['kube-proxy.json'] ?? '',
        ready: async (either) => await answers(layout.netns, 'http://127.0.0.1:10256/healthz', either),
      });
      givePodsCpu();
      await Promise.all([daemons.start(kubelet, signal), daemons.start(kubeProxy, signal)]);
    },
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
