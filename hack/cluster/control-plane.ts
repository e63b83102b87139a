import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { API_PORT_INSIDE, type LocalLayout } from '#runtime/local/layout.ts';
import { runInNetns } from '#runtime/local/netns.ts';
import type { DaemonSpec } from '#runtime/local/process.ts';
import { apiUrl, type User } from './certificates.ts';
import { CLUSTER_DOMAIN, clusterPaths, etcdUrl } from './cluster-paths.ts';

/** Daemons of the control plane. `program` is the built go/controlplane. */
export function controlPlane(layout: LocalLayout, program: string) {
  const { pki, config } = clusterPaths(layout);
  const { loopback } = layout;
  const etcd = etcdUrl(layout);
  const peers = `http://${loopback}:2380`;
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
        `--listen-client-urls=${etcd}`,
        `--advertise-client-urls=${etcd}`,
        `--listen-peer-urls=${peers}`,
        `--initial-advertise-peer-urls=${peers}`,
        `--initial-cluster=default=${peers}`,
        '--unsafe-no-fsync', // One machine's throw-away state: fsync would only slow every write down.
        '--auto-compaction-retention=1h',
        '--quota-backend-bytes=4294967296',
      ],
      { ready: async (signal) => await answers(layout.netns, `${etcd}/readyz`, signal) },
    ),

    apiserver: daemon(
      'kube-apiserver',
      [
        `--etcd-servers=${etcd}`,
        ...(layout.netns === undefined ? [`--bind-address=${layout.nodeIp}`] : []),
        `--advertise-address=${layout.nodeIp}`,
        `--secure-port=${API_PORT_INSIDE}`,
        '--endpoint-reconciler-type=none', // base-objects.ts writes the endpoints of the kubernetes Service.
        '--allow-privileged=true',
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        '--event-ttl=4h',
        '--profiling=false',
        `--service-cluster-ip-range=${layout.serviceCidr}`,
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
        `--bind-address=${loopback}`,
        // No EndpointSlice may hold a loopback address; the process node's proxy looks at the pods themselves.
        ...(layout.node === 'process'
          ? ['--controllers=*,-endpoints-controller,-endpointslice-controller,-endpointslice-mirroring-controller']
          : []),
        '--use-service-account-credentials=true',
        `--root-ca-file=${file('ca.crt')}`,
        `--service-account-private-key-file=${file('service-account.key')}`,
        `--cluster-signing-cert-file=${file('ca.crt')}`,
        `--cluster-signing-key-file=${file('ca.key')}`,
        `--cluster-cidr=${layout.podCidr}`,
        `--service-cluster-ip-range=${layout.serviceCidr}`,
        '--allocate-node-cidrs=false',
        '--horizontal-pod-autoscaler-sync-period=5s',
        '--horizontal-pod-autoscaler-initial-readiness-delay=5s',
        '--horizontal-pod-autoscaler-cpu-initialization-period=30s',
        '--profiling=false',
      ],
      {
        ready: async (signal) => await answers(layout.netns, `https://${loopback}:10257/healthz`, signal),
        revision: certificates,
      },
    ),

    scheduler: daemon(
      'kube-scheduler',
      [...asUser('kube-scheduler'), `--bind-address=${loopback}`, '--profiling=false'],
      {
        ready: async (signal) => await answers(layout.netns, `https://${loopback}:10259/healthz`, signal),
        revision: certificates,
      },
    ),
  };
}

/** True when the API server, asked where programs of this machine find it, says it is ready. */
export async function apiReady(layout: LocalLayout, signal: AbortSignal): Promise<boolean> {
  const ca = readFileSync(join(clusterPaths(layout).pki, 'ca.crt'));
  return await new Promise((resolve) => {
    const call = request(
      new URL('/readyz', apiUrl(layout)),
      { ca, signal, timeout: 2_000, agent: false },
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

/** Asks a health endpoint. Inside a namespace with curl, which is everywhere that apt is; a Node start costs 40 ms more. */
export async function answers(netns: string | undefined, url: string, signal: AbortSignal): Promise<boolean> {
  if (netns === undefined) return await answersHere(url, signal);
  await runInNetns(netns, 'curl', ['-fsSk', '--max-time', '2', '-o', '/dev/null', url], { signal });
  return true;
}

/** Certificates are not looked at: this asks only whether a program that we started serves already. */
async function answersHere(url: string, signal: AbortSignal): Promise<boolean> {
  const options = { rejectUnauthorized: false, signal, timeout: 2_000, agent: false } as const;
  return await new Promise((resolve) => {
    const call = (url.startsWith('https:') ? request : httpRequest)(url, options, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    call.once('error', () => resolve(false));
    call.once('timeout', () => call.destroy());
    call.end();
  });
}
