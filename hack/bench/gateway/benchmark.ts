import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { generateKeyPairJwk, importSigningKey, jwksOf, signJwt } from '#runtime/tokens.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark, Side } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { cpuSecondsOf } from '../load/process-cost.ts';
import { freePort, startProgram } from '../load/program.ts';
import { latencyFigures } from '../statistics.ts';

const CONCURRENCY = 64;
const CALLS = 40_000;
const ACCOUNTS = 200;

/** Bare Fastify may be one and a half times as fast. */
const TARGET = 1 / 1.5;

export const benchmark: Benchmark = {
  name: 'gateway',
  title:
    'A request that is signed in, counted against two rate limits, validated and answered without asking a service.',
  lines: [
    line('fastify', 'requests per second against bare Fastify with the same schemas', 'bare Fastify', TARGET),
    cost('fastify', 'CPU time per request against bare Fastify', 'bare Fastify', 1.5),
    line('auth', 'the same against Fastify that verifies the token each time', 'Fastify and jose'),
    line('http', 'the same against bare node:http', 'bare node:http'),
    cost('http', 'CPU time per request against bare node:http', 'bare node:http'),
    {
      id: 'p99',
      title: 'slowest request of a hundred, with 64 at once',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'gateway', figure: 'p99' },
      target: { atMost: 500 },
    },
  ],
  open,
};

function line(side: string, title: string, name: string, atLeast?: number): Benchmark['lines'][number] {
  return {
    id: `against-${side}`,
    title,
    unit: 'requests/s',
    better: 'higher',
    ours: { side: 'gateway', figure: 'perSecond' },
    peer: { side, figure: 'perSecond', name },
    sameWork: ['calls', 'answer'],
    ...(atLeast === undefined ? {} : { target: { atLeast } }),
  };
}

function cost(side: string, title: string, name: string, atMost?: number): Benchmark['lines'][number] {
  return {
    id: `cpu-against-${side}`,
    title,
    unit: 'µs',
    better: 'lower',
    ours: { side: 'gateway', figure: 'cpuMicros' },
    peer: { side, figure: 'cpuMicros', name },
    sameWork: ['calls', 'answer'],
    ...(atMost === undefined ? {} : { target: { atMost } }),
  };
}

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { root, nodeArgs } = context;
  context.say('starting Redis, the gateway and its peers');
  const backing = stack.use(await startBacking({ which: ['redis'] }));
  const pair = await generateKeyPairJwk();
  const jwks = JSON.stringify(jwksOf(pair.publicJwk));
  const [port, opsPort] = [await freePort(), await freePort()];
  // The route asks no service: nothing listens there.
  const nowhere = 'dns:///127.0.0.1:1';
  const names = ['USER', 'EVENT', 'INVENTORY', 'ORDER', 'WAITROOM'].map((name) => [`${name}_ADDR`, nowhere]);
  const gateway = await startProgram({
    root,
    file: 'services/gateway/main.ts',
    nodeArgs,
    env: {
      LOG_LEVEL: 'warn',
      HTTP_PORT: String(port),
      OPS_PORT: String(opsPort),
      ...Object.fromEntries(names),
      REDIS_ADDRESS: backing.redis.address,
      ACCESS_PRIVATE_JWK: JSON.stringify(pair.privateJwk),
      ACCESS_JWKS: jwks,
      TICKET_JWKS: jwks,
      // Counted like always, and high enough that nobody is refused.
      RATE_LIMIT_PER_IP: '100000000',
      RATE_LIMIT_PER_ACCOUNT: '100000000',
    },
    ready: async () => (await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`)).ok,
  });
  stack.defer(() => gateway.stop());
  const served = new Map([['gateway', { port, pid: gateway.pid }]]);
  for (const layer of ['fastify', 'auth', 'http']) {
    const program = await startProgram({
      root,
      file: 'hack/bench/gateway/layers.ts',
      args: [layer, jwks],
      ready: async (output) => /port \d+/.test(output),
    });
    stack.defer(() => program.stop());
    served.set(layer, { port: Number(/port (\d+)/.exec(program.output())?.[1]), pid: program.pid });
  }
  const key = await importSigningKey(pair.privateJwk);
  const tokens = await Promise.all(
    Array.from({ length: ACCOUNTS }, () =>
      signJwt({
        key,
        clock: systemClock,
        issuer: TOKEN.issuer,
        audience: TOKEN.accessAudience,
        subject: randomUUID(),
        ttlMs: 3_600_000,
        claims: { roles: ['door'], sid: randomUUID() },
      }),
    ),
  );
  const sides: Side[] = [...served].map(([name, at]) => {
    const pool = new Pool(`http://127.0.0.1:${at.port}`, { connections: CONCURRENCY });
    stack.defer(() => pool.destroy());
    return { name, round: () => round(pool, tokens, at.pid) };
  });
  const owned = stack.move();
  return {
    sides,
    conditions: { callsPerRound: CALLS, concurrency: CONCURRENCY, accounts: ACCOUNTS, gateways: 1 },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Every answer is looked at: the same words for the same request on every side. */
async function round(pool: Pool, tokens: readonly string[], pid: number): Promise<Measured> {
  const eventId = randomUUID();
  const scannedAt = new Date().toISOString();
  let answer = '';
  const cpuBefore = cpuSecondsOf(pid);
  const result = await closedLoop({
    concurrency: CONCURRENCY,
    calls: CALLS,
    call: async (index) => {
      const nonce = 'scanner-0001';
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/api/v1/door/scan',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[index % tokens.length]}` },
        body: JSON.stringify({ eventId, gate: 'A', qr: 'TB1.not.a.ticket', direction: 'in', nonce, scannedAt }),
      });
      const text = await body.text();
      if (statusCode !== 200 || (answer !== '' && text !== answer)) throw new Error(`${statusCode} ${text}`);
      answer = text;
    },
  });
  const cpuMicros = ((cpuSecondsOf(pid) - cpuBefore) / CALLS) * 1e6;
  return {
    figures: { perSecond: result.perSecond, cpuMicros, ...latencyFigures([...result.latencies]) },
    work: { calls: CALLS, answer },
  };
}
