import { join } from 'node:path';
import { addressIn, type LocalLayout } from '#runtime/local/layout.ts';

/** Names and places only the cluster itself needs to know. */
export interface ClusterPaths {
  readonly pki: string;
  readonly config: string;
  readonly containerdState: string;
  readonly podLogs: string;
  /** Addresses of headless names, for the process node's DNS. */
  readonly hostsFile: string;
  /** What runc knows of running containers; one directory each, named by id. */
  readonly runcState: string;
}

export const NODE_NAME = 'ticketbottle';
export const CLUSTER_DOMAIN = 'cluster.local';
export const PAUSE_IMAGE = 'localhost/ticketbottle/pause:1';
export const DNS_READY_PORT = 10253;
export const METRICS_PORT = 10254;
/** Name the API server calls metrics-server by. */
export const METRICS_SERVICE = 'metrics-server.kube-system.svc';

export const ETCD_PORT = 2379;
/** Where CoreDNS answers at the node's address: pods of the process node ask it there, and only root may have port 53. */
export const dnsPort = (layout: LocalLayout) => (layout.node === 'containerd' ? 53 : 1053);

export const kubernetesServiceIp = (layout: LocalLayout) => addressIn(layout.serviceCidr, 1);
export const dnsServiceIp = (layout: LocalLayout) => addressIn(layout.serviceCidr, 10);
export const etcdUrl = (layout: LocalLayout) => `http://${layout.loopback}:${ETCD_PORT}`;

export function clusterPaths(layout: LocalLayout): ClusterPaths {
  return {
    pki: join(layout.home, 'pki'),
    config: join(layout.home, 'config'),
    containerdState: join(layout.run, 'containerd'),
    hostsFile: join(layout.run, 'headless-hosts'),
    podLogs: join(layout.logs, 'pods'),
    runcState: join(layout.run, 'runc'),
  };
}
