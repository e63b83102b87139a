import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the local cluster and the backing services keep everything. One directory holds all state; one holds what is only cache. */
export interface LocalLayout {
  /** State of this cluster; removed whole by `down`. */
  readonly home: string;
  /** Pid records of daemons and unix sockets. */
  readonly run: string;
  /** One log file per daemon. */
  readonly logs: string;
  /** Data directories, one per program: etcd, postgres, kafka ... */
  readonly data: string;
  /** Built programs and downloads, shared by clones and keyed by content; survives `down`. */
  readonly cache: string;
  /** Name of the network namespace that everything runs in. */
  readonly netns: string;
  /** Address of the node inside the namespace. Pods reach host processes of the namespace here. */
  readonly nodeIp: string;
  /** For programs outside the namespace: the API server at 127.0.0.1:apiPort. */
  readonly kubeconfig: string;
  /** For host processes inside the namespace: the API server at nodeIp:6443. */
  readonly kubeconfigInside: string;
  /** Where the node's container runtime listens; image builders import there. */
  readonly containerdSocket: string;
  /** Port on the host's 127.0.0.1 that is forwarded to the API server. */
  readonly apiPort: number;
}

export const NODE_IP = '10.89.0.1';
/** The API server's port inside the namespace; outside it is `apiPort`. */
export const API_PORT_INSIDE = 6443;
export const POD_CIDR = '10.90.0.0/16';
export const SERVICE_CIDR = '10.96.0.0/16';

/**
 * Reads TICKETBOTTLE_HOME, TICKETBOTTLE_NETNS, TICKETBOTTLE_API_PORT and XDG_CACHE_HOME. A second cluster (tests have one)
 * needs all three of its own: home, namespace and port.
 */
export function localLayout(env: Readonly<Record<string, string | undefined>>): LocalLayout {
  const home = env.TICKETBOTTLE_HOME ?? '/var/lib/ticketbottle';
  const apiPort = Number(env.TICKETBOTTLE_API_PORT ?? '16443');
  if (!home.startsWith('/')) throw new RangeError(`TICKETBOTTLE_HOME must be an absolute path, not "${home}"`);
  if (!Number.isInteger(apiPort) || apiPort < 1 || apiPort > 65535) {
    throw new RangeError(`TICKETBOTTLE_API_PORT must be a port number, not "${env.TICKETBOTTLE_API_PORT}"`);
  }
  return {
    home,
    run: join(home, 'run'),
    logs: join(home, 'logs'),
    data: join(home, 'data'),
    cache: join(env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache'), 'ticketbottle'),
    netns: env.TICKETBOTTLE_NETNS ?? 'ticketbottle',
    nodeIp: NODE_IP,
    kubeconfig: join(home, 'kubeconfig'),
    kubeconfigInside: join(home, 'kubeconfig-inside'),
    containerdSocket: join(home, 'run', 'containerd.sock'),
    apiPort,
  };
}
