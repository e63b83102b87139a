import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_PORT_INSIDE, type LocalLayout } from '#runtime/local/layout.ts';
import { clusterPaths, dnsServiceIp, METRICS_PORT } from './cluster-paths.ts';

/** Objects that installers such as kubeadm create and the control plane itself does not. */
export function baseObjects(layout: LocalLayout): object[] {
  return [
    binding('ticketbottle:apiserver-to-kubelet', 'system:kubelet-api-admin', 'kube-apiserver-kubelet-client'),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    binding('system:coredns', 'system:coredns', 'system:coredns'),
    ...(layout.node === 'process' ? proxyLooksAtPods() : []),
    // The API server writes no endpoints itself (--endpoint-reconciler-type=none).
    ...endpoints(layout, 'default', 'kubernetes', [{ name: 'https', protocol: 'TCP', port: API_PORT_INSIDE }]),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'kube-system', name: 'kube-dns', labels: { 'k8s-app': 'kube-dns' } },
      spec: {
        clusterIP: dnsServiceIp(layout),
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53 },
          { name: 'dns-tcp', protocol: 'TCP', port: 53 },
        ],
      },
    },
    ...endpoints(layout, 'kube-system', 'kube-dns', [
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53 },
    ]),
    ...metricsServer(layout),
  ];
}

/** The real kube-proxy reads EndpointSlices; that of the process node reads the pods. */
function proxyLooksAtPods(): object[] {
  const name = 'ticketbottle:proxy-reads-pods';
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['list', 'watch'] }],
    },
    binding(name, name, 'system:kube-proxy'),
  ];
}

/** metrics-server is a host process; to the API server it is a Service like any other. */
function metricsServer(layout: LocalLayout): object[] {
  const user = 'system:metrics-server';
  const name = 'metrics-server';
  const role = 'extension-apiserver-authentication-reader';
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: user },
      rules: [
        { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    binding(user, user, user),
    binding(`${user}:auth-delegator`, 'system:auth-delegator', user),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace: 'kube-system', name: 'metrics-server-auth-reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'kube-system', name },
      spec:
        layout.node === 'process'
          ? // The API server asks for EndpointSlices behind any other type.
            { type: 'ExternalName', externalName: layout.nodeIp }
          : { ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: METRICS_PORT }] },
    },
    ...endpoints(layout, 'kube-system', name, [{ name: 'https', protocol: 'TCP', port: METRICS_PORT }]),
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { namespace: 'kube-system', name, port: layout.node === 'process' ? METRICS_PORT : 443 },
        caBundle: readFileSync(join(clusterPaths(layout).pki, 'ca.crt')).toString('base64'),
      },
    },
  ];
}

function binding(name: string, role: string, user: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}

/** None for the process node: no EndpointSlice may hold its loopback addresses. Its proxy knows these Services by name. */
function endpoints(
  layout: LocalLayout,
  namespace: string,
  service: string,
  ports: { name: string; protocol: string; port: number }[],
): object[] {
  if (layout.node === 'process') return [];
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: service, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [layout.nodeIp], conditions: { ready: true } }],
    ports,
  };
  return [slice];
}
