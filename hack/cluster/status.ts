import { existsSync } from 'node:fs';
import type { LocalLayout, NodeKind } from '#runtime/local/layout.ts';
import { netnsExists } from '#runtime/local/netns.ts';
import { Daemons } from '#runtime/local/process.ts';
import { apiReady } from './control-plane.ts';
import { nodeOf } from './node-of.ts';

export interface ClusterStatus {
  readonly up: boolean;
  readonly node: NodeKind;
  /** Undefined for a cluster without a network namespace of its own. */
  readonly netns: string | undefined;
  readonly netnsExists: boolean;
  readonly apiReady: boolean;
  /** Daemons that should run and do not. */
  readonly missing: readonly string[];
  readonly kubeconfig: string;
  readonly daemons: readonly { name: string; pid: number; running: boolean; startedAt: string; log: string }[];
}

export function clusterDaemons(layout: LocalLayout): string[] {
  return [
    ...(layout.netns === undefined ? [] : ['forward-cluster']),
    ...['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'coredns', 'metrics-server'],
    ...nodeOf(layout, new Daemons(layout)).daemons,
  ];
}

export async function clusterStatus(layout: LocalLayout, daemons: Daemons): Promise<ClusterStatus> {
  const list = daemons.list();
  const running = new Set(list.filter((daemon) => daemon.running).map((daemon) => daemon.name));
  const ready = existsSync(layout.kubeconfig) && (await apiReady(layout, AbortSignal.timeout(3_000)));
  return {
    up: ready && clusterDaemons(layout).every((name) => running.has(name)),
    node: layout.node,
    netns: layout.netns,
    missing: clusterDaemons(layout).filter((name) => !running.has(name)),
    netnsExists: layout.netns !== undefined && process.getuid?.() === 0 && (await netnsExists(layout.netns)),
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
  const { missing } = status;
  const verdict = status.up
    ? `The cluster is up.  export KUBECONFIG=${status.kubeconfig}`
    : `The cluster is not whole (${missing.length > 0 ? `missing: ${missing.join(', ')}` : 'the API server does not answer'}); type: npm run cluster -- up`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
