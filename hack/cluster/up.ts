import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '#runtime/local/command.ts';
import { startForwards } from '#runtime/local/forward.ts';
import { API_PORT_INSIDE, type LocalLayout, nodeKindFile } from '#runtime/local/layout.ts';
import { createNetns, runInNetns } from '#runtime/local/netns.ts';
import { requirePortFree } from '#runtime/local/preflight.ts';
import type { Daemons } from '#runtime/local/process.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { StepHandle, Steps } from '#runtime/local/steps.ts';
import { baseObjects } from './base-objects.ts';
import { apiUrl, certificatesCurrent, ensureCertificates } from './certificates.ts';
import { clusterPaths, ETCD_PORT, NODE_NAME } from './cluster-paths.ts';
import { controlPlane } from './control-plane.ts';
import { giveServersCpu } from './cpu-shares.ts';
import { corefile, dns } from './dns.ts';
import { stopCluster } from './down.ts';
import { buildProgram, CONTROL_PROGRAMS, GO_PROGRAMS, type GoProgram, programPath } from './go-programs.ts';
import { metricsServer } from './metrics.ts';
import { nodeOf } from './node-of.ts';
import { ensureRequirements } from './requirements.ts';
import { writeIfChanged } from './write-file.ts';

export interface UpDeps {
  readonly layout: LocalLayout;
  readonly daemons: Daemons;
  readonly steps: Steps;
  /** PATH, to find Go in. */
  readonly path: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Brings the cluster up, or finds it up. Every step looks at what is there and does only what is missing, so this also
 * continues after a crash, a reboot or an interrupted start.
 */
export async function up(deps: UpDeps): Promise<void> {
  const { layout, daemons, steps, signal } = deps;
  const node = nodeOf(layout, daemons);
  const programs = [...CONTROL_PROGRAMS, ...node.programs];
  await steps.run('check this machine', async (step) => await ensureRequirements(layout, programs, step, signal));
  if (layout.node === 'containerd') giveServersCpu();
  const kind = nodeKindFile(layout);
  writeIfChanged(kind.path, kind.text);
  for (const program of programs) {
    const build = async (step: StepHandle) =>
      await buildProgram({ cache: layout.cache, path: deps.path, signal }, program, step);
    await steps.run(`build ${GO_PROGRAMS[program].builds}`, build);
  }
  const built = (program: GoProgram) => programPath(layout.cache, program);

  await steps.run('certificates and kubeconfigs', async (step) => {
    // Other certificates are another cluster to every program that runs; the state in etcd stays.
    if (!certificatesCurrent(layout)) await stopCluster(layout, daemons);
    await ensureCertificates(layout, built('certs'), step, signal);
  });
  const { netns } = layout;
  if (netns !== undefined) {
    await steps.run(`network namespace ${netns}`, async (step) => {
      if (daemons.pidOf('forward-cluster') === undefined) {
        await requirePortFree(layout.apiPort, 'the API server', 'TICKETBOTTLE_API_PORT=PORT');
      }
      if ((await createNetns(netns, layout.nodeIp, layout.serviceCidr)) === 'exists') step.cached();
      await requireIptables(netns, signal);
    });
  }
  await Promise.all([
    steps.run('etcd and API server', async (step) => await startApi(deps, built('controlplane'), step)),
    steps.run(layout.node === 'process' ? 'pods as processes' : 'container runtime', async (step) => {
      if ((await node.startRuntime(signal)) === 'running') step.cached();
    }),
  ]);
  await steps.run('controllers, scheduler, DNS, node', async (step) => {
    const { controllerManager, scheduler } = controlPlane(layout, built('controlplane'));
    writeIfChanged(join(clusterPaths(layout).config, 'Corefile'), corefile(layout));
    const wasRunning = daemons.pidOf('kubelet') !== undefined;
    await Promise.all([
      daemons.start(controllerManager, signal),
      daemons.start(scheduler, signal),
      applyBaseObjects(deps, built('controlplane')).then(async () => {
        await Promise.all([
          daemons.start(dns(layout, built('coredns')), signal),
          daemons.start(metricsServer(layout, built('metrics-server')), signal),
        ]);
      }),
      node.join(signal),
    ]);
    if (wasRunning) step.cached();
  });
  await steps.run('node ready', async (step) => await untilNodeReady(deps, built('controlplane'), step));
}

async function startApi({ layout, daemons, signal }: UpDeps, program: string, step: StepHandle): Promise<void> {
  const { etcd, apiserver } = controlPlane(layout, program);
  mkdirSync(join(layout.data, 'etcd'), { recursive: true, mode: 0o700 });
  if (layout.netns === undefined) {
    // Someone else's server at this address and port would be taken for ours.
    for (const port of daemons.pidOf('kube-apiserver') === undefined ? [API_PORT_INSIDE, ETCD_PORT] : []) {
      if (daemons.pidOf('etcd') !== undefined && port === ETCD_PORT) continue;
      await requirePortFree(port, 'the control plane', 'TICKETBOTTLE_BLOCK=N (addresses 127.N.0.1)', layout.nodeIp);
    }
  } else {
    const target = { host: layout.nodeIp, port: API_PORT_INSIDE };
    const forwards = [{ port: layout.apiPort, target }];
    await startForwards(daemons, { name: 'cluster', netns: layout.netns, forwards }, signal);
  }
  await daemons.start(etcd, signal);
  if ((await daemons.start(apiserver, signal)) === 'running') step.cached();
  step.detail(apiUrl(layout));
}

async function applyBaseObjects({ layout, signal }: UpDeps, program: string): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: baseObjects(layout) });
  const args = ['kubectl', '--kubeconfig', layout.kubeconfig, 'apply', '--server-side', '--force-conflicts', '-f', '-'];
  // The API server answers a moment before its own first roles and namespaces exist.
  for (let attempt = 1; ; attempt++) {
    try {
      await run(program, args, { input, signal });
      return;
    } catch (error) {
      if (attempt === 20 || signal.aborted) throw error;
      await sleep(250);
    }
  }
}

async function untilNodeReady({ layout, daemons, signal }: UpDeps, program: string, step: StepHandle): Promise<void> {
  const get = [
    'kubectl',
    '--kubeconfig',
    layout.kubeconfig,
    'get',
    'node',
    NODE_NAME,
    '--ignore-not-found',
    '-o',
    'json',
  ];
  const kubeletStart = daemons.list().find((daemon) => daemon.name === 'kubelet')?.startedAt ?? '';
  const until = performance.now() + 60_000;
  for (;;) {
    const { stdout } = await run(program, get, { signal });
    const node = stdout.trim() === '' ? {} : (JSON.parse(stdout) as NodeObject);
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    // Said by the kubelet that runs now, not by one before a crash. The taint keeps pods away until the controllers have noticed.
    const fresh = ready !== undefined && Date.parse(ready.lastHeartbeatTime) >= Date.parse(kubeletStart) - 1_000;
    const tainted = node.spec?.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/')) === true;
    if (fresh && ready.status === 'True' && !tainted) return;
    step.note(ready?.message ?? 'not registered yet');
    if (performance.now() > until) {
      const why = ready?.message ?? 'kubelet has not registered it';
      throw new SetupError(`The node is not ready after 60 s: ${why}; see ${daemons.logPath('kubelet')}`);
    }
    await sleep(200);
  }
}

interface NodeObject {
  readonly status?: {
    readonly conditions?: { type: string; status: string; message: string; lastHeartbeatTime: string }[];
  };
  readonly spec?: { readonly taints?: { key: string }[] };
}

async function requireIptables(netns: string, signal: AbortSignal): Promise<void> {
  try {
    await runInNetns(netns, 'iptables', ['-t', 'nat', '-L', '-n'], { signal });
  } catch (cause) {
    throw new SetupError(
      'iptables does not work on this kernel (Services need its nat table); load it with: modprobe iptable_nat nf_tables, or run against your own cluster with --context NAME',
      { cause },
    );
  }
}
