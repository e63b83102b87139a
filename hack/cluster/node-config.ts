import { join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { CLUSTER_DOMAIN, clusterPaths, dnsServiceIp, PAUSE_IMAGE } from './cluster-paths.ts';

/** Configuration files of the node's programs, by file name in the config directory. */
export function nodeConfig(layout: LocalLayout): Record<string, string> {
  return {
    'containerd.toml': containerd(layout),
    'kubelet.json': json(kubelet(layout)),
    'kube-proxy.json': json(kubeProxy(layout)),
    'cni/10-bridge.conflist': json(bridge(layout)),
    // For pods that ask for the node's own resolver; there is no way out of the namespace, so nothing to resolve with.
    'resolv.conf': `nameserver ${layout.nodeIp}\n`,
  };
}

function containerd(layout: LocalLayout): string {
  const paths = clusterPaths(layout);
  return `version = 2
root = "${join(layout.data, 'containerd')}"
state = "${paths.containerdState}"
# opt would create /opt/containerd; the snapshotters need kernel parts or tools that are not used here.
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
  address = "${layout.containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Lowering a score below our own needs a capability that a container or micro VM may not grant.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  max_container_log_line_size = 262144
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(paths.config, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "${paths.runcState}"
        SystemdCgroup = false
`;
}

function kubelet(layout: LocalLayout): unknown {
  const paths = clusterPaths(layout);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: layout.nodeIp,
    healthzBindAddress: '127.0.0.1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(paths.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(paths.pki, 'kubelet-server.crt'),
    tlsPrivateKeyFile: join(paths.pki, 'kubelet-server.key'),
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    clusterDomain: CLUSTER_DOMAIN,
    clusterDNS: [dnsServiceIp(layout)],
    resolvConf: join(paths.config, 'resolv.conf'),
    podLogsDir: paths.podLogs,
    // Groups per pod and class need controllers that are not delegated everywhere; each container still has its own.
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    // Images come without a registry and the disk is shared with the developer's other work: never evict or collect.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    maxPods: 250,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    serializeImagePulls: false,
    containerLogMaxSize: '20Mi',
    shutdownGracePeriod: '0s',
  };
}

function kubeProxy(layout: LocalLayout): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: join(clusterPaths(layout).config, 'kube-proxy.kubeconfig') },
    clusterCIDR: layout.podCidr,
    detectLocalMode: 'ClusterCIDR',
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // 0 leaves the kernel's limits alone: they are the host's, not the namespace's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    // The forwarder connects to node ports on the namespace's loopback.
    nodePortAddresses: ['127.0.0.0/8'],
    iptables: { localhostNodePorts: true, minSyncPeriod: '500ms' },
    oomScoreAdj: 0,
  };
}

function bridge(layout: LocalLayout): unknown {
  return {
    cniVersion: '0.4.0',
    name: 'ticketbottle',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        ipMasq: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: layout.podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
