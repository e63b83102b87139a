import type { Cluster } from '../load/api-cluster.ts';

/** What operators ask for or write here. Not leases (a matter of time, not of work) and not what the server asks itself. */
const COUNTED = new Set([
  'eventsales',
  'ticketbottleplatforms',
  'events',
  'nodes',
  'secrets',
  'deployments',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
]);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);

/** Requests that the API server has answered so far, by its own count; lists and watches do not grow with the work. */
export async function requestsSoFar(
  cluster: Cluster,
  { without }: { readonly without?: string } = {},
): Promise<{ readonly calls: number; readonly writes: number }> {
  let [calls, writes] = [0, 0];
  for (const line of (await cluster.text('/metrics')).split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    const label = (name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';
    if (!COUNTED.has(label('resource')) || label('resource') === without) continue;
    const count = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (WRITES.has(label('verb'))) writes += count;
    if (WRITES.has(label('verb')) || label('verb') === 'GET') calls += count;
  }
  return { calls, writes };
}
