import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { API_PORT_INSIDE, type LocalLayout, POD_CIDR, SERVICE_CIDR } from '#runtime/local/layout.ts';
import { runInNetns } from '#runtime/local/netns.ts';
import type { DaemonSpec } from '#runtime/local/process.ts';
import type { User } from './certificates.ts';
import { CLUSTER_DOMAIN, clusterPaths, ETCD_URL } from './cluster-paths.ts';

/** Daemons of the control plane. `program` is the built go/controlplane. */
export function controlPlane(layout: LocalLayout, program: string) {
  const { pki, config } = clusterPaths(layout);
  const file = (name: string) => join(pki, name);
  const kubeconfig = (user: User) => join(config, `${user}.kubeconfig`);
  const daemon = (name: string, args: readonly string[], more: Partial<DaemonSpec>): DaemonSpec => ({
    name,
    command: program,
    args: [name, ...args],
    netns: layout.netns,
    ...more,
  });
  // A controller's own client credentials also check who may read its metrics.
  const asUser = (user: User) => [
    `--kubeconfig=${kubeconfig(user)}`,
    `--authentication-kubeconfig=${kubeconfig(user)}`,
    `--authorization-kubeconfig=${kubeconfig(user)}`,
    '--leader-elect=false',
  ];
  const certificates = readFileSync(file('made-from'), 'utf8');

  return {
    etcd: daemon(
      'etcd',
      [
        `--data-dir=${join(layout.data, 'etcd')}`,
        `--listen-client-urls=${ETCD_URL}`,
        `--advertise-client-urls=${ETCD_URL}`,
        '--listen-peer-urls=http://127.0.0.1:2380',
        '--initial-advertise-peer-urls=http://127.0.0.1:2380',
        '--initial-cluster=default=http://127.0.0.1:2380',
        '--unsafe-no-fsync', // One machine's throw-away state: fsync would only slow every write down.
        '--auto-compaction-retention=1h',
        '--quota-backend-bytes=4294967296',
      ],
      { ready: async (signal) => await answers(layout.netns, `${ETCD_URL}/readyz`, signal) },
    ),

    apiserver: daemon(
      'kube-apiserver',
      [
        `--etcd-servers=${ETCD_URL}`,
        `--advertise-address=${layout.nodeIp}`,
        `--secure-port=${API_PORT_INSIDE}`,
        '--endpoint-reconciler-type=none', // base-objects.ts writes the endpoints of the kubernetes Service.
        '--allow-privileged=true',
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        '--event-ttl=4h',
        '--profiling=false',
        `--service-cluster-ip-range=${SERVICE_CIDR}`,
        `--service-account-issuer=https://kubernetes.default.svc.${CLUSTER_DOMAIN}`,
        `--service-account-key-file=${file('service-account.pub')}`,
        `--service-account-signing-key-file=${file('service-account.key')}`,
        `--client-ca-file=${file('ca.crt')}`,
        `--tls-cert-file=${file('apiserver.crt')}`,
        `--tls-private-key-file=${file('apiserver.key')}`,
        '--kubelet-preferred-address-types=InternalIP',
        `--kubelet-certificate-authority=${file('ca.crt')}`,
        `--kubelet-client-certificate=${file('apiserver-kubelet-client.crt')}`,
        `--kubelet-client-key=${file('apiserver-kubelet-client.key')}`,
        `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
        '--requestheader-allowed-names=front-proxy-client',
        '--requestheader-username-headers=X-Remote-User',
        '--requestheader-group-headers=X-Remote-Group',
        '--requestheader-extra-headers-prefix=X-Remote-Extra-',
        `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
        `--proxy-client-key-file=${file('front-proxy-client.key')}`,
      ],
      { ready: async (signal) => await apiReady(layout, signal), stopGraceMs: 5_000, revision: certificates },
    ),

    controllerManager: daemon(
      'kube-controller-manager',
      [
        ...asUser('kube-controller-manager'),
        '--bind-address=127.0.0.1',
        '--use-service-account-credentials=true',
        `--root-ca-file=${file('ca.crt')}`,
        `--service-account-private-key-file=${file('service-account.key')}`,
        `--cluster-signing-cert-file=${file('ca.crt')}`,
        `--cluster-signing-key-file=${file('ca.key')}`,
        `--cluster-cidr=${POD_CIDR}`,
        `--service-cluster-ip-range=${SERVICE_CIDR}`,
        '--allocate-node-cidrs=false',
        '--horizontal-pod-autoscaler-sync-period=5s',
        '--horizontal-pod-autoscaler-initial-readiness-delay=5s',
        '--horizontal-pod-autoscaler-cpu-initialization-period=30s',
        '--profiling=false',
      ],
      {
        ready: async (signal) => await answers(layout.netns, 'https://127.0.0.1:10257/healthz', signal),
        revision: certificates,
      },
    ),

    scheduler: daemon(
      'kube-scheduler',
      [...asUser('kube-scheduler'), '--bind-address=127.0.0.1', '--profiling=false'],
      {
        ready: async (signal) => await answers(layout.netns, 'https://127.0.0.1:10259/healthz', signal),
        revision: certificates,
      },
    ),
  };
}

/** True when the API server, asked from outside the namespace through the forwarder, says it is ready. */
export async function apiReady(layout: LocalLayout, signal: AbortSignal): Promise<boolean> {
  const ca = readFileSync(join(clusterPaths(layout).pki, 'ca.crt'));
  return await new Promise((resolve) => {
    const call = request(
      { host: '127.0.0.1', port: layout.apiPort, path: '/readyz', ca, signal, timeout: 2_000, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.once('error', () => resolve(false));
    call.once('timeout', () => call.destroy());
    call.end();
  });
}

/** Asks a health endpoint inside the namespace; curl is everywhere that apt is, and a Node start costs 40 ms more. */
export async function answers(netns: string, url: string, signal: AbortSignal): Promise<boolean> {
  await runInNetns(netns, 'curl', ['-fsSk', '--max-time', '2', '-o', '/dev/null', url], { signal });
  return true;
}
