import { join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { DaemonSpec } from '#runtime/local/process.ts';
import { clusterPaths, METRICS_PORT } from './cluster-paths.ts';
import { answers } from './control-plane.ts';

/** metrics-server, a host process at the node's address. Its figures are what autoscalers act on. */
export function metricsServer(layout: LocalLayout, program: string): DaemonSpec {
  const { config, pki } = clusterPaths(layout);
  const kubeconfig = join(config, 'metrics-server.kubeconfig');
  return {
    name: 'metrics-server',
    command: program,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--bind-address=${layout.nodeIp}`,
      `--secure-port=${METRICS_PORT}`,
      `--tls-cert-file=${join(pki, 'metrics-server-tls.crt')}`,
      `--tls-private-key-file=${join(pki, 'metrics-server-tls.key')}`,
      `--kubelet-certificate-authority=${join(pki, 'ca.crt')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--metric-resolution=10s', // The shortest it accepts.
      '--kubelet-request-timeout=5s',
    ],
    netns: layout.netns,
    ready: async (signal) => await answers(layout.netns, `https://${layout.nodeIp}:${METRICS_PORT}/livez`, signal),
  };
}
