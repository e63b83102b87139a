import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { run } from '#runtime/local/command.ts';
import { type LocalLayout, localLayout } from '#runtime/local/layout.ts';
import { netnsCommand } from '#runtime/local/netns.ts';
import { importSigningKey, type JWK, signJwt } from '#runtime/tokens.ts';
import type { BenchContext } from '../benchmark.ts';
import { until } from '../load/until.ts';
import type { LoadAnswer, LoadOptions } from './load.ts';

export const NAMESPACE = 'ticketbottle';
export const PLATFORM = 'ticketbottle';
export const GATEWAY = 'ticketbottle-gateway';
const ACCOUNTS = 400;
/** The gateway's NodePort in config/samples/platform.yaml. */
const NODE_PORT = 30080;

export interface LocalPlatform {
  kubectl(args: readonly string[], input?: object): Promise<string>;
  json<T>(args: readonly string[]): Promise<T>;
  /** Load on the gateway from inside the cluster's network namespace. */
  load(wish: Pick<LoadOptions, 'perSecond' | 'seconds' | 'timeoutMs'>): Promise<LoadAnswer>;
}

/** The local cluster with the platform on it, as the demo leaves it with --platform-only; found, or brought up. */
export async function localPlatform(context: BenchContext, gatewayPort: string | undefined): Promise<LocalPlatform> {
  const { root, say, signal } = context;
  const port = gatewayPort === undefined ? [] : ['--gateway-port', gatewayPort];
  await run(process.execPath, [join(root, 'hack/demo/main.ts'), '--platform-only', ...port], {
    signal,
    onLine: (line) => {
      if (/✓|✗/.test(line)) say(line.trim());
    },
  });
  const layout = localLayout(process.env);
  const kubectl = async (args: readonly string[], input?: object) => {
    const all = [join(root, 'hack/cluster/main.ts'), 'kubectl', '-n', NAMESPACE, ...args];
    const given = input === undefined ? {} : { input: JSON.stringify(input) };
    return (await run(process.execPath, all, { signal, ...given })).stdout;
  };
  const json = async <T>(args: readonly string[]) => JSON.parse(await kubectl([...args, '-o', 'json'])) as T;
  const { data } = await json<{ data: Record<string, string> }>(['get', 'secret', `${PLATFORM}-signing-keys`]);
  const jwk = JSON.parse(Buffer.from(data['ACCESS_PRIVATE_JWK'] ?? '', 'base64').toString('utf8')) as JWK;
  const tokens = await doorTokens(jwk);
  return { kubectl, json, load: (wish) => runLoad(context, layout, { ...wish, tokens }) };
}

async function runLoad(
  { root, signal }: BenchContext,
  layout: LocalLayout,
  options: Omit<LoadOptions, 'url'>,
): Promise<LoadAnswer> {
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-prescale-'));
  try {
    const file = join(dir, 'load.json');
    const url = `http://${layout.loopback}:${NODE_PORT}/api/v1/door/scan`;
    writeFileSync(file, JSON.stringify({ ...options, url }), { mode: 0o600 });
    const program = join(root, 'hack/bench/prescale/load.ts');
    const [command, args] = netnsCommand(layout.netns, process.execPath, [program, file]);
    const { stdout } = await run(command, args, { signal });
    return JSON.parse(stdout) as LoadAnswer;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** People at the door: their request is signed in, counted, validated and answered by the gateway alone. */
async function doorTokens(jwk: JWK): Promise<string[]> {
  const key = await importSigningKey(jwk);
  const sign = () =>
    signJwt({
      key,
      clock: systemClock,
      issuer: TOKEN.issuer,
      audience: TOKEN.accessAudience,
      subject: randomUUID(),
      ttlMs: 6 * 3_600_000,
      claims: { roles: ['door'], sid: randomUUID() },
    });
  return await Promise.all(Array.from({ length: ACCOUNTS }, sign));
}

interface Deployment {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly observedGeneration?: number;
  };
}

export async function gatewayReplicas({
  json,
}: LocalPlatform): Promise<{ wanted: number; ready: number; all: number }> {
  const { spec, status } = await json<Deployment>(['get', 'deployment', GATEWAY]);
  return { wanted: spec.replicas, ready: status.readyReplicas ?? 0, all: status.replicas ?? 0 };
}

/** One replica, and an autoscaler that remembers nothing of the round before. */
export async function backToOneReplica(platform: LocalPlatform): Promise<void> {
  await platform.kubectl(['delete', 'hpa', GATEWAY]);
  await platform.kubectl(['scale', 'deployment', GATEWAY, '--replicas=1']);
  const isBack = async () => {
    const { items } = await platform.json<{ items: { spec: { minReplicas: number }; metadata: { name: string } }[] }>([
      'get',
      'hpa',
    ]);
    const min = items.find(({ metadata }) => metadata.name === GATEWAY)?.spec.minReplicas;
    const { wanted, ready, all } = await gatewayReplicas(platform);
    return min === 1 && wanted === 1 && ready === 1 && all === 1;
  };
  await until('one gateway and its autoscaler', isBack, { withinMs: 180_000, everyMs: 2_000 });
}
