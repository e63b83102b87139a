import { readdirSync, readFileSync } from 'node:fs';
import type { PodWorker } from './pod-worker.ts';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

interface Usage {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** What metrics-server reads from a kubelet at /metrics/resource: CPU seconds and memory of each container, from /proc. */
export function resourceMetrics(workers: readonly PodWorker[], nowMs: number): string {
  const groups = usageByGroup();
  const lines: Record<string, string[]> = {};
  const add = (metric: string, labels: Record<string, string>, value: number) => {
    const text = Object.entries(labels).map(([name, label]) => `${name}="${label}"`);
    lines[metric] ??= [];
    lines[metric].push(`${metric}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value} ${nowMs}`);
  };
  let total: Usage = { cpuSeconds: 0, bytes: 0 };
  for (const worker of workers) {
    const { name: pod, namespace } = worker.pod.metadata;
    let all: Usage = { cpuSeconds: 0, bytes: 0 };
    for (const { name: container, pid, startedAt } of worker.processes()) {
      const usage = groups.get(pid) ?? { cpuSeconds: 0, bytes: 0 };
      all = plus(all, usage);
      add('container_cpu_usage_seconds_total', { container, namespace, pod }, usage.cpuSeconds);
      add('container_memory_working_set_bytes', { container, namespace, pod }, usage.bytes);
      add('container_start_time_seconds', { container, namespace, pod }, Date.parse(startedAt) / 1_000);
    }
    total = plus(total, all);
    add('pod_cpu_usage_seconds_total', { namespace, pod }, all.cpuSeconds);
    add('pod_memory_working_set_bytes', { namespace, pod }, all.bytes);
  }
  add('node_cpu_usage_seconds_total', {}, total.cpuSeconds);
  add('node_memory_working_set_bytes', {}, total.bytes);
  return Object.entries(lines)
    .map(([metric, values]) => {
      const type = metric.endsWith('_total') ? 'counter' : 'gauge';
      return `# HELP ${metric} of the processes of this node\n# TYPE ${metric} ${type}\n${values.join('\n')}\n`;
    })
    .join('');
}

/** Every container is a process group of its own, led by its first process. */
function usageByGroup(): Map<number, Usage> {
  const groups = new Map<number, Usage>();
  for (const entry of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(entry)) continue;
    const stat = readStat(entry);
    if (stat === undefined) continue;
    groups.set(stat.group, plus(groups.get(stat.group) ?? { cpuSeconds: 0, bytes: 0 }, stat));
  }
  return groups;
}

function readStat(pid: string): (Usage & { readonly group: number }) | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const at = (index: number) => Number(fields[index] ?? 0);
    // User and system time, also of children that have ended.
    const ticks = at(11) + at(12) + at(13) + at(14);
    return { group: at(2), cpuSeconds: ticks / TICKS_PER_SECOND, bytes: at(21) * PAGE_BYTES };
  } catch {
    return undefined; // It ended meanwhile.
  }
}

function plus(a: Usage, b: Usage): Usage {
  return { cpuSeconds: a.cpuSeconds + b.cpuSeconds, bytes: a.bytes + b.bytes };
}
