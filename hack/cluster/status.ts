import { existsSync } from 'node:fs';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { netnsExists } from '#runtime/local/netns.ts';
import type { Daemons } from '#runtime/local/process.ts';
import { apiReady } from './control-plane.ts';

export interface ClusterStatus {
  readonly up: boolean;
  readonly netns: string;
  readonly netnsExists: boolean;
  readonly apiReady: boolean;
  readonly kubeconfig: string;
  readonly daemons: readonly { name: string; pid: number; running: boolean; startedAt: string; log: string }[];
}

export const CLUSTER_DAEMONS = [
  'forward-cluster',
  'mounts',
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
  'metrics-server',
];

export async function clusterStatus(layout: LocalLayout, daemons: Daemons): Promise<ClusterStatus> {
  const list = daemons.list();
  const running = new Set(list.filter((daemon) => daemon.running).map((daemon) => daemon.name));
  const ready = existsSync(layout.kubeconfig) && (await apiReady(layout, AbortSignal.timeout(3_000)));
  return {
    up: ready && CLUSTER_DAEMONS.every((name) => running.has(name)),
    netns: layout.netns,
    netnsExists: process.getuid?.() === 0 && (await netnsExists(layout.netns)),
    apiReady: ready,
    kubeconfig: layout.kubeconfig,
    daemons: list,
  };
}

/** The status as a table for people. */
export function statusTable(status: ClusterStatus): string {
  if (status.daemons.length === 0) return 'The cluster is down; type: npm run cluster -- up\n';
  const rows = status.daemons.map(({ name, pid, running, startedAt, log }) => [
    name,
    running ? 'running' : 'DEAD',
    String(pid),
    startedAt.slice(0, 19).replace('T', ' '),
    log,
  ]);
  const table = [['NAME', 'STATE', 'PID', 'SINCE (UTC)', 'LOG'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const missing = CLUSTER_DAEMONS.filter((name) => !status.daemons.some((d) => d.name === name && d.running));
  const verdict = status.up
    ? `The cluster is up.  export KUBECONFIG=${status.kubeconfig}`
    : `The cluster is not whole (${missing.length > 0 ? `missing: ${missing.join(', ')}` : 'the API server does not answer'}); type: npm run cluster -- up`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
