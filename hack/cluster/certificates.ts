import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import { API_PORT_INSIDE, type LocalLayout } from '#runtime/local/layout.ts';
import type { StepHandle } from '#runtime/local/steps.ts';
import { CLUSTER_DOMAIN, clusterPaths, kubernetesServiceIp, METRICS_SERVICE, NODE_NAME } from './cluster-paths.ts';
import { writeIfChanged } from './write-file.ts';

/** Request for go/certs; a user's common name and organizations are its Kubernetes user name and groups. */
interface CertificateRequest {
  readonly name: string;
  readonly keyOnly?: boolean;
  readonly signedBy?: string;
  readonly commonName?: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

/** Users with a kubeconfig; the file is `<config>/<name>.kubeconfig`. */
export const USERS = {
  admin: { commonName: 'admin', organizations: ['system:masters'] },
  'kube-controller-manager': { commonName: 'system:kube-controller-manager', organizations: [] },
  'kube-scheduler': { commonName: 'system:kube-scheduler', organizations: [] },
  'kube-proxy': { commonName: 'system:kube-proxy', organizations: [] },
  kubelet: { commonName: `system:node:${NODE_NAME}`, organizations: ['system:nodes'] },
  coredns: { commonName: 'system:coredns', organizations: [] },
  'metrics-server': { commonName: 'system:metrics-server', organizations: [] },
} as const;
export type User = keyof typeof USERS;

/** True when all certificates are there and were made from the same requests as today's. */
export function certificatesCurrent(layout: LocalLayout): boolean {
  const stamp = stampOf(layout);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(requestsFor(layout));
}

/** Makes authorities, certificates and kubeconfigs unless they are current. Nothing may run on the old ones. */
export async function ensureCertificates(
  layout: LocalLayout,
  certsProgram: string,
  step: StepHandle,
  signal: AbortSignal,
): Promise<void> {
  const { pki } = clusterPaths(layout);
  if (certificatesCurrent(layout)) {
    step.cached();
  } else {
    const requests = requestsFor(layout);
    rmSync(pki, { recursive: true, force: true });
    await run(certsProgram, [pki], { input: JSON.stringify(requests), signal });
    writeFileSync(stampOf(layout), hashOf(requests)); // Last: a directory without it is made again.
  }
  writeKubeconfigs(layout);
}

function stampOf(layout: LocalLayout): string {
  return join(clusterPaths(layout).pki, 'made-from');
}

function hashOf(requests: readonly CertificateRequest[]): string {
  return createHash('sha256').update(JSON.stringify(requests)).digest('hex');
}

function requestsFor(layout: LocalLayout): CertificateRequest[] {
  const { nodeIp } = layout;
  const users = Object.entries(USERS).map(([name, user]) => ({ name, signedBy: 'ca', ...user }));
  return [
    { name: 'ca', commonName: 'ticketbottle-ca' },
    { name: 'front-proxy-ca', commonName: 'ticketbottle-front-proxy-ca' },
    { name: 'service-account', keyOnly: true },
    { name: 'front-proxy-client', signedBy: 'front-proxy-ca', commonName: 'front-proxy-client' },
    { name: 'apiserver-kubelet-client', signedBy: 'ca', commonName: 'kube-apiserver-kubelet-client' },
    {
      name: 'apiserver',
      signedBy: 'ca',
      commonName: 'kube-apiserver',
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        `kubernetes.default.svc.${CLUSTER_DOMAIN}`,
      ],
      ips: ['127.0.0.1', kubernetesServiceIp(layout), nodeIp],
    },
    {
      name: 'kubelet-server',
      signedBy: 'ca',
      commonName: NODE_NAME,
      dnsNames: [NODE_NAME],
      ips: [nodeIp, '127.0.0.1'],
    },
    { name: 'metrics-server-tls', signedBy: 'ca', commonName: METRICS_SERVICE, dnsNames: [METRICS_SERVICE] },
    ...users,
  ];
}

function writeKubeconfigs(layout: LocalLayout): void {
  const { config, pki } = clusterPaths(layout);
  const name = layout.netns ?? 'ticketbottle';
  const inside = `https://${layout.nodeIp}:${API_PORT_INSIDE}`;
  for (const user of Object.keys(USERS) as User[]) {
    writeIfChanged(join(config, `${user}.kubeconfig`), kubeconfig(name, pki, user, inside), 0o600);
  }
  writeIfChanged(layout.kubeconfigInside, kubeconfig(name, pki, 'admin', inside), 0o600);
  const outside = apiUrl(layout);
  writeIfChanged(layout.kubeconfig, kubeconfig(name, pki, 'admin', outside), 0o600);
}

/** Where programs of this machine find the API server. */
export function apiUrl(layout: LocalLayout): string {
  return layout.netns === undefined
    ? `https://${layout.nodeIp}:${API_PORT_INSIDE}`
    : `https://127.0.0.1:${layout.apiPort}`;
}

/** A kubeconfig with its keys inside, so that it can be copied. JSON is YAML. */
function kubeconfig(cluster: string, pki: string, user: User, server: string): string {
  const base64 = (file: string) => readFileSync(join(pki, file)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': base64('ca.crt') } }],
    users: [
      {
        name: `${cluster}-${user}`,
        user: { 'client-certificate-data': base64(`${user}.crt`), 'client-key-data': base64(`${user}.key`) },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user: `${cluster}-${user}` } }],
    'current-context': cluster,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
