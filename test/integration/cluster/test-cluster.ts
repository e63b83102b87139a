import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalLayout, localLayout, type NodeKind } from '#runtime/local/layout.ts';
import { DAEMON_MARK } from '#runtime/local/process.ts';
import { processesWithEnvWhere } from '#runtime/local/process-identity.ts';

/**
 * These tests break clusters on purpose, so they have their own, one per kind of node: home, port, and namespace or block of
 * addresses. They may run beside the one that the demo uses; all share only the build cache.
 */
const ENVIRONMENTS: Readonly<Record<NodeKind, Record<string, string>>> = {
  containerd: {
    TICKETBOTTLE_NODE: 'containerd',
    TICKETBOTTLE_HOME: '/var/lib/ticketbottle-test',
    TICKETBOTTLE_NETNS: 'ticketbottle-test',
    TICKETBOTTLE_API_PORT: '16543',
  },
  process: {
    TICKETBOTTLE_NODE: 'process',
    TICKETBOTTLE_HOME: join(tmpdir(), `ticketbottle-test-${process.getuid?.() ?? 0}`),
    TICKETBOTTLE_BLOCK: '189',
  },
};

export const ROOT = join(import.meta.dirname, '..', '..', '..');
const CLUSTER = join(ROOT, 'hack/cluster/main.ts');

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly uid?: number;
  readonly input?: string;
  /** Called with the child once it has printed something that matches. */
  readonly on?: { readonly text: RegExp; readonly act: (pid: number) => void };
}

/** The test cluster of one kind, running or not. */
export class TestCluster {
  readonly layout: LocalLayout;
  readonly #env: Record<string, string>;

  constructor(kind: NodeKind) {
    this.#env = ENVIRONMENTS[kind];
    this.layout = localLayout({ ...process.env, ...this.#env });
  }

  async command(file: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, ...this.#env, ...options.env },
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    let output = '';
    let acted = false;
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (options.on !== undefined && !acted && options.on.text.test(output) && child.pid !== undefined) {
        acted = true;
        options.on.act(child.pid);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.stdin.on('error', () => {}); // A program that refuses to start reads nothing.
    child.stdin.end(options.input ?? '');
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  }

  async cluster(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return await this.command(process.execPath, [CLUSTER, ...args], options);
  }

  /** Output of kubectl against this cluster; throws what kubectl says when it fails. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, output } = await this.cluster(['kubectl', ...args], input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${output}`);
    return output;
  }

  /** Everything of this cluster that carries the mark of its home: daemons, shims, and the pods of a process node. */
  markedPids(): number[] {
    return processesWithEnvWhere(DAEMON_MARK, (mark) => mark.startsWith(`${this.layout.run}/`)).map(({ pid }) => pid);
  }
}

const containers = new TestCluster('containerd');
export const LAYOUT = containers.layout;
export const command = containers.command.bind(containers);
export const cluster = containers.cluster.bind(containers);
export const kubectl = containers.kubectl.bind(containers);

/** Everything of the containerd cluster that is alive: daemons, shims and what runs in containers. */
export function livingPids(): number[] {
  return [...new Set([...containers.markedPids(), ...containerPids()])];
}

/** Processes in containers of the test cluster, also of those that only their control group still knows. */
export function containerPids(): number[] {
  const runc = join(LAYOUT.run, 'runc', 'k8s.io');
  for (const id of existsSync(runc) ? readdirSync(runc) : []) seen.add(id);
  const v2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  return [...seen]
    .map((id) => join('/sys/fs/cgroup', v2 ? '' : 'pids', 'k8s.io', id, 'cgroup.procs'))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number));
}
/** Ids of all containers ever seen, so that one whose traces on disk are gone is still found in its control group. */
const seen = new Set<string>();

export function daemonPids(): number[] {
  const shims = /containerd-shim/;
  return livingPids().filter(
    (pid) => !containerPids().includes(pid) && !shims.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
  );
}

/** What a cluster may leave on the machine: processes, mounts, namespace, control groups, directories. */
export function traces(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(LAYOUT.home) || line.includes(`/run/netns/${LAYOUT.netns} `));
  const groups = readdirSync('/sys/fs/cgroup')
    .flatMap((name) => [...seen].map((id) => join('/sys/fs/cgroup', name, 'k8s.io', id)))
    .filter((path) => existsSync(path));
  const directories = [LAYOUT.home, `${LAYOUT.home}.lock`, join('/run/netns', LAYOUT.netns ?? '')].filter((path) =>
    existsSync(path),
  );
  return [...livingPids().map((pid) => `process ${pid}`), ...mounts, ...groups, ...directories];
}
