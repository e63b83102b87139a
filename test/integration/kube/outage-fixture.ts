import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeClient } from '#operator/kube/client.ts';
import { createInformers, type Informer } from '#operator/kube/informer.ts';
import type { ReflectorLimits } from '#operator/kube/reflector.ts';
import { CONFIG_MAP, type KubeObject } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import type { ApiServer } from '#runtime/local/apiserver.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf } from './api-fixture.ts';

/** A kubeconfig as the server's own, with another way there or another identity. */
export function kubeconfigWith(
  server: ApiServer,
  name: string,
  { port, token }: { readonly port?: number; readonly token?: string },
): { kubeconfig: string } {
  const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string } }[];
    users: { user: object }[];
  };
  for (const { cluster } of config.clusters) if (port !== undefined) cluster.server = `https://127.0.0.1:${port}`;
  for (const entry of config.users) if (token !== undefined) entry.user = { token };
  const kubeconfig = join(server.dir, `${name}.kubeconfig`);
  writeFileSync(kubeconfig, JSON.stringify(config));
  return { kubeconfig };
}

export const numbered = (namespace: string, name: string, n: number) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { n: String(n) },
});

export interface Numbered extends KubeObject {
  data?: { n: string };
}

/** A mirror of all ConfigMaps with what it cost and what it missed. */
export function mirrorMaps(
  access: { kubeconfig: string },
  limits: ReflectorLimits = {},
): {
  maps: Informer<Numbered>;
  client: KubeClient;
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
} {
  const metrics = new Registry();
  const client = clientOf(access, metrics);
  const stop = new AbortController();
  const informers = createInformers({
    client,
    clock: systemClock,
    log: silentLogger(),
    metrics,
    namespaces: [],
    limits,
  });
  const maps = informers.of<Numbered>(CONFIG_MAP);
  const running = informers.start(stop.signal);
  return {
    maps,
    client,
    async metric(name) {
      const line = new RegExp(`^${name}\\{[^}]*resource="configmaps"[^}]*\\} (\\d+)$`, 'm').exec(
        await metrics.metrics(),
      );
      return Number(line?.[1] ?? 0);
    },
    async stop() {
      stop.abort();
      await running;
      await client.close();
    },
  };
}
