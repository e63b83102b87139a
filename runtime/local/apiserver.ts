import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { run } from './command.ts';
import { SetupError } from './setup-error.ts';

/** etcd and kube-apiserver, the real ones, and nothing else: no controllers, no node. For tests of what talks to the API. */
export interface ApiServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Path of a kubeconfig of a cluster admin. */
  readonly kubeconfig: string;
  /** PEM of what the server's certificate is signed by. */
  readonly ca: string;
  /** Bearer token of a cluster admin. */
  readonly token: string;
  /** Everything lies here, log files too; removed by `stop`. */
  readonly dir: string;
  /** One request as admin. Throws for a status of 400 and above. */
  fetch(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<unknown>;
  /** SIGKILL of the API server, as a crash would be; etcd keeps its data. */
  kill(): Promise<void>;
  /** SIGSTOP of etcd: connections stay open and nothing answers, as with a stuck disk. */
  pauseStorage(): void;
  /** SIGCONT of etcd. */
  resumeStorage(): void;
  /** Brings a killed API server back at the same address. */
  restart(): Promise<void>;
  /** Ends both programs and removes the directory. May be repeated. */
  stop(): Promise<void>;
}

// Under a full test run a start has taken more than a minute.
const READY_TIMEOUT_MS = 180_000;
const SOURCE_ROOT = join(import.meta.dirname, '..', '..');

export interface ApiServerOptions {
  /** The control plane binary; built, or found in the build cache, unless given. */
  readonly program?: string;
  /** Further arguments of kube-apiserver. */
  readonly args?: readonly string[];
}

/** Starts both in about 3 s on free loopback ports. Throws SetupError, with the end of the log, when they do not come up. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const program = options.program ?? (await controlPlaneProgram());
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-apiserver-'));
  const [port, etcdClient, etcdPeer] = await freePorts(3);
  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdClient}`;
  const token = randomBytes(16).toString('hex');
  writeServiceAccountKeys(dir);
  writeFileSync(join(dir, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });

  const etcd = start(program, dir, 'etcd', [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${etcdPeer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${etcdPeer}`,
    `--initial-cluster=default=http://127.0.0.1:${etcdPeer}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ]);
  const apiserverArgs = [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'certs')}`,
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount', // Nobody makes the default service account here.
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.96.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(dir, 'service-account.key')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--profiling=false',
    ...(options.args ?? []),
  ];
  let apiserver = start(program, dir, 'kube-apiserver', apiserverArgs);

  // Tests that die without cleaning up must not leave servers behind.
  const onExit = () => {
    etcd.kill('SIGKILL');
    apiserver.kill('SIGKILL');
  };
  process.once('exit', onExit);

  let ca = '';
  let agent: Agent | undefined;
  let stopped: Promise<void> | undefined;

  async function untilReady(): Promise<void> {
    const until = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      for (const [name, child] of [['etcd', etcd] as const, ['kube-apiserver', apiserver] as const]) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new SetupError(`${name} ended before it was ready; its log ends with\n${tail(dir, name)}`);
        }
      }
      if (await answersReady()) return;
      if (performance.now() > until) {
        throw new SetupError(`the API server was not ready in time; its log ends with\n${tail(dir, 'kube-apiserver')}`);
      }
      await sleep(50);
    }
  }

  async function answersReady(): Promise<boolean> {
    try {
      // The server makes its own certificate at the first start; the file holds its authority too.
      const found = readFileSync(join(dir, 'certs', 'apiserver.crt'), 'utf8');
      // Read in the middle of being written it would be trusted for ever.
      if (agent === undefined || found !== ca) {
        ca = found;
        agent = new Agent({ connect: { ca }, connections: 8, allowH2: false, headersTimeout: 30_000 });
      }
      const { statusCode, body } = await request(`${url}/readyz`, {
        dispatcher: agent,
        headers: { authorization: `Bearer ${token}` },
        headersTimeout: 2_000,
      });
      await body.dump();
      return statusCode === 200;
    } catch {
      // The certificate may have been read while it was being written.
      await agent?.destroy();
      agent = undefined;
      return false;
    }
  }

  async function stop(): Promise<void> {
    process.off('exit', onExit);
    etcd.kill('SIGCONT'); // A paused one would not hear the rest.
    await agent?.destroy();
    await end(apiserver, 'SIGTERM', 1_500);
    await end(etcd, 'SIGTERM', 2_000);
    rmSync(dir, { recursive: true, force: true });
  }

  try {
    await untilReady();
  } catch (error) {
    await stop();
    throw error;
  }
  const kubeconfig = join(dir, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(url, ca, token), { mode: 0o600 });

  return {
    url,
    kubeconfig,
    ca,
    token,
    dir,
    async fetch(method, path, body, contentType = 'application/json') {
      if (agent === undefined) throw new Error('the API server has been stopped');
      const response = await request(url + path, {
        dispatcher: agent,
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': contentType }) },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.body.text();
      if (response.statusCode >= 400)
        throw new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 4000)}`);
      return JSON.parse(text);
    },
    kill: () => end(apiserver, 'SIGKILL', 5_000),
    pauseStorage: () => void etcd.kill('SIGSTOP'),
    resumeStorage: () => void etcd.kill('SIGCONT'),
    async restart() {
      apiserver = start(program, dir, 'kube-apiserver', apiserverArgs);
      await untilReady();
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Applies the CustomResourceDefinitions of a directory (the project's `crds/` unless given) and waits until they serve. */
export async function installCrds(server: ApiServer, directory: string = join(SOURCE_ROOT, 'crds')): Promise<void> {
  const files = readdirSync(directory).filter((file) => /\.ya?ml$/.test(file));
  for (const file of files) {
    const crd = parse(readFileSync(join(directory, file), 'utf8')) as { kind?: string; metadata: { name: string } };
    if (crd.kind !== 'CustomResourceDefinition') continue;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
    await server.fetch('PATCH', `${path}?fieldManager=install&force=true`, crd, 'application/apply-patch+yaml');
    await untilServed(server, path);
  }
}

async function untilServed(server: ApiServer, path: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const crd = (await server.fetch('GET', path)) as {
      spec: { group: string; names: { plural: string }; versions: { name: string }[] };
      status?: { conditions?: { type: string; status: string }[] };
    };
    const established = crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
    const { group, names, versions } = crd.spec;
    // Established comes a moment before the path answers.
    if (
      established &&
      (await server.fetch('GET', `/apis/${group}/${versions[0]?.name}/${names.plural}?limit=1`).catch(() => false))
    ) {
      return;
    }
    await sleep(25);
  }
  throw new SetupError(`${path} was not established within 5 s`);
}

/** Path of the control plane binary, built if need be. */
export function controlPlaneProgram(): Promise<string> {
  return goProgram('controlplane');
}

/** Path of one of the Go programs of hack/cluster, built if need be. A process, not an import: runtime knows no program. */
export async function goProgram(name: string): Promise<string> {
  const { stdout } = await run(process.execPath, [join(SOURCE_ROOT, 'hack', 'cluster', 'build.ts'), name]);
  return stdout.trim();
}

function start(program: string, dir: string, name: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(dir, `${name}.log`), 'a');
  try {
    mkdirSync(join(dir, 'certs'), { recursive: true });
    const child = spawn(program, [name, ...args], { cwd: dir, stdio: ['ignore', log, log] });
    child.on('error', () => {}); // Seen by untilReady as an exit or a timeout.
    return child;
  } finally {
    closeSync(log);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function writeServiceAccountKeys(dir: string): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(dir, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(dir, 'service-account.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
}

/** JSON is YAML. */
function kubeconfigText(server: string, ca: string, token: string): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}

function tail(dir: string, name: string): string {
  try {
    return readFileSync(join(dir, `${name}.log`), 'utf8')
      .trim()
      .split('\n')
      .slice(-8)
      .join('\n');
  } catch {
    return '(no log)';
  }
}
