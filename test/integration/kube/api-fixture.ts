import { createClient, type KubeClient } from '#operator/kube/client.ts';
import { connect } from '#operator/kube/connection.ts';
import type { Leadership } from '#operator/kube/leader.ts';
import { NAMESPACE } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { Registry } from '#runtime/metrics.ts';

let shared: Promise<ApiServer> | undefined;

/** One API server for all files of this folder; tests keep apart by namespace. */
export function sharedApiServer(): Promise<ApiServer> {
  shared ??= startApiServer();
  return shared;
}

// A root hook: runs once, when every file is through.
after(async () => {
  await (await shared)?.stop();
});

/** A client of its own, with counters of its own. */
export function clientOf(server: Pick<ApiServer, 'kubeconfig'>, metrics: Registry = new Registry()): KubeClient {
  const connection = connect({ clock: systemClock, kubeconfig: server.kubeconfig });
  return createClient({ connection, clock: systemClock, metrics });
}

/** A leadership that never ends. */
export function leaderOf(lease = 'ticketbottle-system/ticketbottle-operator', fencingToken = 1): Leadership {
  return { isLeader: () => true, fencingToken: () => fencingToken, lease, outrank: () => {} };
}

let count = 0;

/** A fresh namespace. */
export async function makeNamespace(client: KubeClient): Promise<string> {
  const name = `test-${process.pid}-${++count}`;
  await client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** Waits until `probe` returns something other than undefined and false; fails after `ms`. */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 30_000,
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > until) throw new Error(`not so after ${ms} ms: ${probe}`);
    await systemClock.sleep(20);
  }
}
