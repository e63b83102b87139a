import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { Daemons } from '#runtime/local/process.ts';
import { clusterPaths, dnsPort, NODE_NAME } from './cluster-paths.ts';
import { answers } from './control-plane.ts';
import type { ClusterNode } from './node.ts';
import type { KubeletSettings, ProxySettings } from './process-node/settings.ts';

/** Ports at the node's address; the real programs' own. */
const KUBELET_PORT = 10250;
const HEALTH_PORT = 10248;
const PROXY_HEALTH_PORT = 10256;

/**
 * A node whose pods are processes of this user at loopback addresses of their own: a kubelet and a service proxy of ours
 * (process-node/). Needs no rights, and changes nothing on the machine.
 */
export function processNode(layout: LocalLayout, daemons: Daemons): ClusterNode {
  const paths = clusterPaths(layout);
  const program = (name: string) => join(import.meta.dirname, 'process-node', name);
  const kubelet: KubeletSettings = {
    kubeconfig: join(paths.config, 'kubelet.kubeconfig'),
    node: {
      name: NODE_NAME,
      address: layout.nodeIp,
      labels: { 'topology.kubernetes.io/region': 'us-east-1', 'topology.kubernetes.io/zone': 'us-east-1a' },
    },
    server: {
      port: KUBELET_PORT,
      ca: join(paths.pki, 'ca.crt'),
      certificate: join(paths.pki, 'kubelet-server.crt'),
      key: join(paths.pki, 'kubelet-server.key'),
    },
    healthPort: HEALTH_PORT,
    podCidr: layout.podCidr,
    serviceCidr: layout.serviceCidr,
    dns: { address: layout.nodeIp, port: dnsPort(layout), domain: 'cluster.local' },
    pods: join(layout.data, 'pods'),
    logs: paths.podLogs,
    images: layout.images,
  };
  const proxy: ProxySettings = {
    kubeconfig: join(paths.config, 'kube-proxy.kubeconfig'),
    address: layout.nodeIp,
    healthPort: PROXY_HEALTH_PORT,
    hostsFile: paths.hostsFile,
    domain: 'cluster.local',
    fixed: { 'default/kubernetes': { host: layout.nodeIp, port: 6443 } },
  };
  const healthy = (port: number) => async (signal: AbortSignal) =>
    await answers(undefined, `http://${layout.nodeIp}:${port}/healthz`, signal);

  return {
    daemons: ['kubelet', 'kube-proxy'],
    programs: [],

    async startRuntime() {
      for (const directory of [layout.run, kubelet.pods, kubelet.logs, kubelet.images])
        mkdirSync(directory, { recursive: true });
      if (!existsSync(paths.hostsFile)) writeFileSync(paths.hostsFile, '');
      return daemons.pidOf('kubelet') === undefined ? 'started' : 'running';
    },

    async join(signal) {
      const start = async (name: string, file: string, settings: object, port: number, stopGraceMs: number) =>
        await daemons.start(
          {
            name,
            command: process.execPath,
            args: ['--max-old-space-size=256', program(file), JSON.stringify(settings)],
            stopGraceMs,
            ready: healthy(port),
          },
          signal,
        );
      await Promise.all([
        start('kubelet', 'kubelet-main.ts', kubelet, HEALTH_PORT, 20_000),
        start('kube-proxy', 'proxy-main.ts', proxy, PROXY_HEALTH_PORT, 2_000),
      ]);
    },

    async remove() {
      for (const name of ['kube-proxy', 'kubelet']) await daemons.stop(name);
      rmSync(kubelet.pods, { recursive: true, force: true });
    },
  };
}
