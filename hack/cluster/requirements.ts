import { existsSync, readFileSync } from 'node:fs';
import { succeeds } from '#runtime/local/command.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { ensureAptPackages, requireDisk, requireRoot, requireWritable } from '#runtime/local/preflight.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { StepHandle } from '#runtime/local/steps.ts';
import { controlGroupsUsable } from './control-groups.ts';
import { GO_PROGRAMS, type GoProgram, programPath } from './go-programs.ts';

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
export async function ensureRequirements(layout: LocalLayout, step: StepHandle, signal: AbortSignal): Promise<void> {
  requireRoot('npm run cluster -- up');
  requireWritable(layout.home, 'TICKETBOTTLE_HOME');
  requireWritable(layout.cache, 'XDG_CACHE_HOME');
  const toBuild = (Object.keys(GO_PROGRAMS) as GoProgram[]).filter(
    (name) => !existsSync(programPath(layout.cache, name)),
  );
  // Go's modules and build cache take most of it.
  if (toBuild.length > 0) requireDisk(layout.cache, 8 * GIB, 'XDG_CACHE_HOME');
  requireDisk(layout.home, 3 * GIB, 'TICKETBOTTLE_HOME');
  await requireKernel(signal);
  const installed = await ensureAptPackages(PACKAGES, { signal, onLine: (line) => step.note(line) });
  if (installed.length === 0) step.cached();
  else step.detail(`installed ${installed.join(', ')}`);
}

async function requireKernel(signal: AbortSignal): Promise<void> {
  const own = 'or run against your own cluster with --context NAME';
  if (!(await succeeds('unshare', ['--net', '--mount', 'true'], { signal }))) {
    throw new SetupError(
      `This machine does not allow new network and mount namespaces (a container without privileges?); run it privileged, ${own}`,
    );
  }
  const groups = controlGroupsUsable();
  if (!groups.usable) throw new SetupError(`Containers cannot be limited here: ${groups.why}; mount them, ${own}`);
  if (
    !readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n') &&
    !(await succeeds('modprobe', ['overlay']))
  ) {
    throw new SetupError(`This kernel has no overlay file system; load it with: modprobe overlay, ${own}`);
  }
  await succeeds('modprobe', ['br_netfilter']); // Built in on some kernels, where there is nothing to load.
}
