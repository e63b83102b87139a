import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, type CommandResult, run, succeeds } from './command.ts';

/** Path of a named network namespace, as `ip netns` keeps it. */
export function netnsPath(name: string): string {
  return join('/run/netns', name);
}

/** True when the namespace exists and is one (a file left by a crash is not). */
export async function netnsExists(name: string): Promise<boolean> {
  return existsSync(netnsPath(name)) && (await succeeds('nsenter', [`--net=${netnsPath(name)}`, 'true']));
}

/**
 * Makes the namespace usable by a cluster: loopback up with `nodeIp` as a second, non-loopback address, forwarding on, and
 * bridged pod traffic visible to iptables. Touches nothing outside the namespace. Idempotent.
 */
export async function createNetns(
  name: string,
  nodeIp: string,
  serviceCidr = '10.96.0.0/16',
): Promise<'created' | 'exists'> {
  const existed = await netnsExists(name);
  if (!existed) {
    if (existsSync(netnsPath(name))) await run('ip', ['netns', 'delete', name]);
    await run('ip', ['netns', 'add', name]);
  }
  await runInNetns(name, 'ip', ['link', 'set', 'lo', 'up']);
  await runInNetns(name, 'ip', ['address', 'replace', `${nodeIp}/32`, 'dev', 'lo']);
  // Host processes may call cluster IPs too: any route will do, kube-proxy's rules then choose the real one.
  await runInNetns(name, 'ip', ['route', 'replace', serviceCidr, 'dev', 'lo', 'src', nodeIp]);
  const settings = [
    'net.ipv4.ip_forward=1',
    'net.ipv4.conf.all.route_localnet=1',
    'net.ipv4.conf.default.route_localnet=1',
    'net.ipv4.ip_local_port_range=32768 60999',
    'net.core.somaxconn=16384',
  ];
  await runInNetns(name, 'sysctl', ['-q', '-w', ...settings]);
  // Absent where the bridge code has no netfilter hook; then pods on one node reach each other without iptables.
  await succeeds(...netnsCommand(name, 'sysctl', ['-q', '-w', 'net.bridge.bridge-nf-call-iptables=1']));
  return existed ? 'exists' : 'created';
}

/** Removes the name; the namespace itself goes with its last process. */
export async function deleteNetns(name: string | undefined): Promise<void> {
  if (name === undefined) return;
  if (existsSync(netnsPath(name))) await run('ip', ['netns', 'delete', name]);
}

/**
 * The command line that runs `command` inside the namespace, or as it is where there is none of our own. nsenter and not `ip netns exec`: the latter mounts a new /sys,
 * which hides the cgroup mounts from containerd and kubelet.
 */
export function netnsCommand(name: string | undefined, command: string, args: readonly string[]): [string, string[]] {
  if (name === undefined) return [command, [...args]];
  return ['nsenter', [`--net=${netnsPath(name)}`, '--', command, ...args]];
}

/** Runs a program to its end inside the namespace. */
export async function runInNetns(
  name: string | undefined,
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return await run(...netnsCommand(name, command, args), options);
}

/** Spawns a program inside the namespace; for daemons that must outlive this process use `Daemons` of process.ts. */
export function inNetns(
  name: string | undefined,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn(...netnsCommand(name, command, args), options);
}
