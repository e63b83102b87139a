import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { succeeds } from '#runtime/local/command.ts';
import { containersUsable } from '#runtime/local/containers-usable.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { ensureAptPackages, requireDisk, requireRoot, requireWritable } from '#runtime/local/preflight.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { StepHandle } from '#runtime/local/steps.ts';
import { type GoProgram, programPath } from './go-programs.ts';

/** Debian packages and, for each, a file that shows it is installed. */
const PACKAGES = {
  containerd: '/usr/bin/containerd',
  runc: '/usr/sbin/runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  iptables: '/usr/sbin/iptables',
  conntrack: '/usr/sbin/conntrack',
  iproute2: '/usr/sbin/ip',
  procps: '/usr/sbin/sysctl',
  'util-linux': '/usr/bin/nsenter',
  curl: '/usr/bin/curl',
} as const;

const GIB = 1024 ** 3;

/** Checks that this machine can run the cluster and installs missing packages. Throws one SetupError saying what to do. */
export async function ensureRequirements(
  layout: LocalLayout,
  programs: readonly GoProgram[],
  step: StepHandle,
  signal: AbortSignal,
): Promise<void> {
  if (layout.node === 'containerd') requireRoot('npm run cluster -- up');
  requireWritable(layout.home, 'TICKETBOTTLE_HOME');
  requireWritable(layout.cache, 'XDG_CACHE_HOME');
  const toBuild = programs.filter((name) => !existsSync(programPath(layout.cache, name)));
  // Go's modules and build cache take most of it.
  if (toBuild.length > 0) requireDisk(layout.cache, 8 * GIB, 'XDG_CACHE_HOME');
  requireDisk(layout.home, 3 * GIB, 'TICKETBOTTLE_HOME');
  if (layout.node === 'process') {
    await requireLoopback(layout, signal);
    return step.cached();
  }
  const containers = await containersUsable(signal);
  if (!containers.usable) {
    throw new SetupError(
      `Containers cannot run here: ${containers.why}; run pods as processes with --node process, or use your own cluster with --context NAME`,
    );
  }
  await succeeds('modprobe', ['br_netfilter']); // Built in on some kernels, where there is nothing to load.
  const installed = await ensureAptPackages(PACKAGES, { signal, onLine: (line) => step.note(line) });
  if (installed.length === 0) step.cached();
  else step.detail(`installed ${installed.join(', ')}`);
}

/** A new network namespace, as `unshare --net` makes it, begins with its loopback down. */
async function requireLoopback(layout: LocalLayout, signal: AbortSignal): Promise<void> {
  if (await canListen(layout.nodeIp)) return;
  await succeeds('ip', ['link', 'set', 'lo', 'up'], { signal });
  if (await canListen(layout.nodeIp)) return;
  throw new SetupError(
    `${layout.nodeIp} cannot be listened on, because the loopback interface is down here; type: ip link set lo up`,
  );
}

/** Sends itself a byte: an address can be bound while its interface is down, but leads nowhere. */
async function canListen(host: string): Promise<boolean> {
  const server = createServer((socket) => socket.end());
  try {
    return await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port: 0, host }, () => {
        const { port } = server.address() as AddressInfo; // A TCP server that listens has one.
        const socket = connect({ host, port });
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    });
  } finally {
    server.close();
  }
}
