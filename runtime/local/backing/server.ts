import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonSpec } from '../process.ts';

/** Where the programs of the real servers lie, once installed. All paths are absolute. */
export interface Parts {
  /** CPython that the wheels were installed for, not a version manager's shim. */
  readonly python: string;
  readonly pythonPath: string;
  readonly java: string;
  readonly temporal: string;
  readonly valkey: string;
  /** Folder of `initdb` and `postgres`. */
  readonly postgresBin: string;
  /** Node that runs the functions and our own programs. */
  readonly node: string;
  /** Folder of jars, and Java's cache of their loaded classes. Undefined when Kafka was not asked for. */
  readonly kafka: { readonly jars: string; readonly aotCache: string | undefined } | undefined;
  /** Folder of jars. Undefined when DynamoDB Local was not asked for. */
  readonly dynamodbLocalJars: string | undefined;
}

/** Where one server keeps its data and how others reach it. */
export interface Place {
  /** Its own data folder, absolute; made by `prepare`. */
  readonly dir: string;
  /** Address that clients are given. */
  readonly host: string;
  /** Address to listen on: the same, or 0.0.0.0 inside the network namespace. */
  readonly bind: string;
  /** Keep data over a restart of the server, a killed one too; otherwise it may keep it in memory. */
  readonly persistent: boolean;
  /** Survive a crash of the machine as well: wait for the disk. */
  readonly durable: boolean;
  /** End the server when the process that started it dies. For tests; a daemon must outlive the command. */
  readonly tiedToParent: boolean;
}

/** A real server, ready to be prepared and then started by `Daemons`. */
export interface BackingServer {
  readonly ports: readonly number[];
  /** Where they are opened, when that is not the place's own address. */
  readonly at?: string;
  /** Makes data folder and configuration; does nothing when they are there. */
  prepare(signal?: AbortSignal): Promise<void>;
  readonly daemon: DaemonSpec;
}

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours leaks into servers or the functions they run. */
  readonly env: Readonly<Record<string, string>>;
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** For programs that refuse to be root: they see themselves as nobody while files stay ours. */
  readonly asNobody?: boolean;
  readonly tiedToParent: boolean;
}

/** Every step of the chain replaces itself by the next, so the recorded pid is the server's own. */
export function isolated(line: CommandLine): { command: string; args: string[] } {
  const chain = [
    // The mark by which orphans are found again must survive the empty environment.
    ...['sh', '-c', 'exec env -i "TICKETBOTTLE_DAEMON=$TICKETBOTTLE_DAEMON" "$@"', 'sh'],
    ...Object.entries(line.env).map(([name, value]) => `${name}=${value}`),
    ...(line.asNobody === true && process.getuid?.() === 0 ? NOBODY : []),
    ...(line.tiedToParent ? ['setpriv', '--pdeathsig', (line.stopSignal ?? 'SIGTERM').slice(3)] : []),
    ...[line.command, ...line.args],
  ];
  return { command: chain[0] ?? '', args: chain.slice(1) };
}

/** A user namespace in which root is called nobody: no chown, and it works below folders that only root may enter. */
export const NOBODY = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'] as const;

/** Our own servers are started from here. */
export const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '../../..');

export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Address at which this process can reach a server that listens on `bind`. */
export function reachable(bind: string): string {
  return bind === '0.0.0.0' ? '127.0.0.1' : bind;
}

/** True once something accepts TCP connections there. */
export function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** True once the URL answers 200. */
export async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(url, { signal });
  await response.body?.cancel();
  return response.status === 200;
}
