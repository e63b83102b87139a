import { join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { DaemonSpec } from '#runtime/local/process.ts';
import { CLUSTER_DOMAIN, clusterPaths, DNS_READY_PORT, dnsPort } from './cluster-paths.ts';
import { answers } from './control-plane.ts';

/**
 * The cluster's DNS, a host process at the node's address; pods reach it as the Service kube-system/kube-dns. There is no
 * way out of the namespace, so every other name is answered with "does not exist" instead of a timeout.
 */
export function corefile(layout: LocalLayout): string {
  const { config, hostsFile } = clusterPaths(layout);
  const headless = `
    hosts ${hostsFile} ${CLUSTER_DOMAIN} {
        ttl 5
        reload 500ms
        fallthrough
    }`;
  return `.:${dnsPort(layout)} {
    bind ${layout.nodeIp}
    errors
    ready ${layout.loopback}:${DNS_READY_PORT}${layout.node === 'process' ? headless : ''}
    kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
        kubeconfig ${join(config, 'coredns.kubeconfig')}
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    template ANY ANY {
        rcode NXDOMAIN
    }
    cache 5
    loadbalance
}
`;
}

export function dns(layout: LocalLayout, program: string): DaemonSpec {
  return {
    name: 'coredns',
    command: program,
    args: ['-conf', join(clusterPaths(layout).config, 'Corefile')],
    netns: layout.netns,
    revision: corefile(layout),
    ready: async (signal) => await answers(layout.netns, `http://${layout.loopback}:${DNS_READY_PORT}/ready`, signal),
  };
}
