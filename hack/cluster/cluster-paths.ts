import { join } from 'node:path';
import type { LocalLayout } from '#runtime/local/layout.ts';

/** Names and places only the cluster itself needs to know. */
export interface ClusterPaths {
  readonly pki: string;
  readonly config: string;
  readonly containerdState: string;
  readonly podLogs: string;
  /** What runc knows of running containers; one directory each, named by id. */
  readonly runcState: string;
}

export const NODE_NAME = 'ticketbottle';
export const CLUSTER_DOMAIN = 'cluster.local';
export const KUBERNETES_SERVICE_IP = '10.96.0.1';
export const DNS_SERVICE_IP = '10.96.0.10';
export const PAUSE_IMAGE = 'localhost/ticketbottle/pause:1';
/** etcd and CoreDNS's readiness, on the namespace's loopback. */
export const ETCD_URL = 'http://127.0.0.1:2379';
export const DNS_READY_PORT = 10253;
export const METRICS_PORT = 10254;
/** Name the API server calls metrics-server by. */
export const METRICS_SERVICE = 'metrics-server.kube-system.svc';

export function clusterPaths(layout: LocalLayout): ClusterPaths {
  return {
    pki: join(layout.home, 'pki'),
    config: join(layout.home, 'config'),
    containerdState: join(layout.run, 'containerd'),
    podLogs: join(layout.logs, 'pods'),
    runcState: join(layout.run, 'runc'),
  };
}
