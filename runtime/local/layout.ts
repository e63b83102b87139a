import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * How the local cluster runs pods: as containers under the real kubelet, in a network namespace of their own, or as
 * processes of this user on loopback addresses, which needs no rights at all.
 */
export const NODE_KINDS = ['containerd', 'process'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** Where the local cluster and the backing services keep everything. One directory holds all state; one holds what is only cache. */
export interface LocalLayout {
  readonly node: NodeKind;
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
  /** Name of the network namespace that everything runs in; undefined when it is the caller's own. */
  readonly netns: string | undefined;
  /** Address of the node. Pods reach backing services and other host processes here. */
  readonly nodeIp: string;
  /** Address for what only host processes need; nobody else uses it where the cluster runs. */
  readonly loopback: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** For programs outside the namespace: the API server at 127.0.0.1:apiPort. */
  readonly kubeconfig: string;
  /** For host processes inside the namespace: the API server at nodeIp:6443. */
  readonly kubeconfigInside: string;
  /** Where the node's container runtime listens; image builders import there. */
  readonly containerdSocket: string;
  /** What the process node knows as images: one folder and one description each. */
  readonly images: string;
  /** Port on the host's 127.0.0.1 that is forwarded to the API server. */
  readonly apiPort: number;
}

/** The API server's port at the node's address; outside the namespace it is `apiPort`. */
export const API_PORT_INSIDE = 6443;

const NODE_KIND_FILE = 'node-kind';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads TICKETBOTTLE_NODE, TICKETBOTTLE_HOME, TICKETBOTTLE_NETNS, TICKETBOTTLE_BLOCK, the ports, and the XDG folders.
 * Without TICKETBOTTLE_NODE the kind is that of the cluster which is there. A second cluster (tests have one) needs a home
 * and a port of its own, and a namespace or, with the process node, a block of addresses.
 */
export function localLayout(env: Env): LocalLayout {
  const node = nodeKind(env);
  const home = homeOf(env, node);
  const block = number(env, 'TICKETBOTTLE_BLOCK', 89, 1, 240);
  const inside = node === 'containerd';
  const nodeIp = inside ? '10.89.0.1' : `127.${block}.0.1`;
  return {
    node,
    home,
    run: join(home, 'run'),
    logs: join(home, 'logs'),
    data: join(home, 'data'),
    cache: join(env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache'), 'ticketbottle'),
    netns: inside ? (env.TICKETBOTTLE_NETNS ?? 'ticketbottle') : undefined,
    nodeIp,
    loopback: inside ? '127.0.0.1' : nodeIp,
    podCidr: inside ? '10.90.0.0/16' : `127.${block + 1}.0.0/16`,
    serviceCidr: inside ? '10.96.0.0/16' : `127.${block + 7}.0.0/16`,
    kubeconfig: join(home, 'kubeconfig'),
    kubeconfigInside: join(home, 'kubeconfig-inside'),
    containerdSocket: join(home, 'run', 'containerd.sock'),
    images: join(home, 'images'),
    apiPort: number(env, 'TICKETBOTTLE_API_PORT', 16443, 1, 65_535),
  };
}

/** Kinds whose clusters are there, running or not; those of other users do not count. */
export function presentNodeKinds(env: Env): NodeKind[] {
  if (env.TICKETBOTTLE_HOME !== undefined) {
    const written = kindOf(env.TICKETBOTTLE_HOME);
    return written === undefined ? [] : [written];
  }
  return NODE_KINDS.filter((kind) => isOurs(homeOf(env, kind)));
}

/** Content of the file that says which kind a home belongs to; `up` writes it. */
export function nodeKindFile(layout: LocalLayout): { path: string; text: string } {
  return { path: join(layout.home, NODE_KIND_FILE), text: `${layout.node}\n` };
}

/** The address at `index` of a CIDR of this layout, such as `10.96.0.10` of `10.96.0.0/16`. */
export function addressIn(cidr: string, index: number): string {
  const [a, b] = cidr.split('.');
  return `${a}.${b}.${Math.floor(index / 256)}.${index % 256}`;
}

function nodeKind(env: Env): NodeKind {
  const said = env.TICKETBOTTLE_NODE;
  if (said !== undefined && said !== '') {
    const kind = NODE_KINDS.find((one) => one === said);
    if (kind === undefined) throw new RangeError(`TICKETBOTTLE_NODE must be ${NODE_KINDS.join(' or ')}, not "${said}"`);
    return kind;
  }
  return presentNodeKinds(env)[0] ?? (process.getuid?.() === 0 ? 'containerd' : 'process');
}

function homeOf(env: Env, kind: NodeKind): string {
  const state = env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), '.local', 'state');
  const home = env.TICKETBOTTLE_HOME ?? (kind === 'containerd' ? '/var/lib/ticketbottle' : join(state, 'ticketbottle'));
  if (!home.startsWith('/')) throw new RangeError(`TICKETBOTTLE_HOME must be an absolute path, not "${home}"`);
  return home;
}

function isOurs(home: string): boolean {
  try {
    accessSync(home, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function kindOf(home: string): NodeKind | undefined {
  try {
    const text = readFileSync(join(home, NODE_KIND_FILE), 'utf8').trim();
    return NODE_KINDS.find((kind) => kind === text);
  } catch {
    return undefined; // No home, or one from before there were two kinds.
  }
}

function number(env: Env, name: string, unless: number, min: number, max: number): number {
  const value = Number(env[name] ?? unless);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `${name} must be a ${name.endsWith('PORT') ? 'port number' : `number from ${min} to ${max}`}, not "${env[name]}"`,
  );
}
