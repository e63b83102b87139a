import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, Benchmark, Line, Measured, OpenBenchmark } from '../benchmark.ts';
import { until } from '../load/until.ts';
import type { LoadAnswer } from './load.ts';
import { backToOneReplica, gatewayReplicas, type LocalPlatform, localPlatform, PLATFORM } from './local-platform.ts';
import { endSale, holdSale } from './sale.ts';

/** Of each gateway, as request and limit: two cores must carry six of them and the load, a connection for each request. */
const CPU = '100m';
const MAX_REPLICAS = 6;
/** The sudden load, as a multiple of what one replica was measured to carry: six replicas at the planned utilisation of 0.6. */
const TIMES_ONE_REPLICA = 3.4;
const TIMEOUT_MS = 5_000;
const MINUTE = 60;
/** Until metrics-server has forgotten the load before. */
const CALM_MS = 40_000;

export const benchmark: Benchmark = {
  name: 'prescale',
  title:
    'A sudden load on a platform whose sale was declared, and on the same platform with nothing but its autoscaler (real kubelet, HPA and metrics-server).',
  rounds: 3,
  lines: [
    againstAutoscaler('failed', 'requests that failed in the first minute', '%', 'failedPercent'),
    {
      id: 'failed-bound',
      title: 'the same, against its bound',
      unit: '%',
      better: 'lower',
      ours: { side: 'declared', figure: 'failedPercent' },
      target: { atMost: 0.1 },
    },
    againstAutoscaler('p99', 'p99 in the first minute, a failure counted as 5 s', 'ms', 'p99', 0.5),
    againstAutoscaler('p50', 'p50 in the first minute', 'ms', 'p50'),
    againstAutoscaler(
      'well',
      'seconds until served well (nothing failed, p99 under 1 s, from then on)',
      's',
      'wellAfter',
    ),
    {
      id: 'ready',
      title: 'from declaring the demand until readiness was proved, rehearsals included',
      unit: 's',
      better: 'lower',
      ours: { side: 'declared', figure: 'readySeconds' },
    },
  ],
  open,
};

/** The same figure of both sides; lower is better. */
function againstAutoscaler(id: string, title: string, unit: string, figure: string, atMost?: number): Line {
  return {
    ...{ id, title, unit, better: 'lower', sameWork: ['requests'] },
    ours: { side: 'declared', figure },
    peer: { side: 'autoscaler-only', figure, name: 'HPA only' },
    ...(atMost === undefined ? {} : { target: { atMost } }),
  };
}

async function open(context: BenchContext): Promise<OpenBenchmark> {
  context.say('the local cluster and the platform');
  const platform = await localPlatform(context, process.env['TICKETBOTTLE_GATEWAY_PORT']);
  await shapeGateway(platform, undefined);
  context.say('measuring what one gateway carries');
  const perReplica = await capacityOfOne(platform);
  await shapeGateway(platform, perReplica);
  const perSecond = Math.round(perReplica * TIMES_ONE_REPLICA);
  context.say(`one gateway carries ${perReplica} requests/s; the load will be ${perSecond}`);
  const settle = async () => {
    await sleep(CALM_MS, undefined, { signal: context.signal });
    await backToOneReplica(platform);
  };
  return {
    sides: [
      {
        name: 'declared',
        warmUp: async () => {},
        round: async (index) => {
          await settle();
          const name = `prescale-${Date.now().toString(36)}-${index + 1}`;
          const sale = await holdSale(context, platform, { name, perSecond });
          const result = measured(await minuteOfLoad(platform, perSecond), await gatewayReplicas(platform));
          await endSale(platform, name);
          const own = { readySeconds: sale.readySeconds, gatewayFloor: sale.gatewayFloor };
          return { ...result, figures: { ...result.figures, ...own } };
        },
      },
      {
        name: 'autoscaler-only',
        warmUp: async () => {},
        round: async () => {
          await settle();
          return measured(await minuteOfLoad(platform, perSecond), await gatewayReplicas(platform));
        },
      },
    ],
    conditions: {
      gatewayCpu: `${CPU} request and limit`,
      replicas: `1 to ${MAX_REPLICAS}`,
      oneReplica: `${perReplica} requests/s measured`,
      load: `${perSecond} requests/s, a connection each`,
      timeout: `${TIMEOUT_MS / 1000} s`,
      hpa: 'CPU at 60 %, looked at every 5 s; metrics every 15 s',
    },
    versions: {},
    // The cluster stays, as after the demo with --keep: bringing it up is most of the time.
    [Symbol.asyncDispose]: async () => {
      await backToOneReplica(platform).catch(() => {});
    },
  };
}

async function minuteOfLoad(platform: LocalPlatform, perSecond: number): Promise<LoadAnswer> {
  return await platform.load({ perSecond, seconds: MINUTE, timeoutMs: TIMEOUT_MS });
}

/** The highest rate, raised by three tenths at a time, at which one replica still answers everything with a p99 under half a second. */
async function capacityOfOne(platform: LocalPlatform): Promise<number> {
  await backToOneReplica(platform);
  await platform.load({ perSecond: 100, seconds: 10, timeoutMs: TIMEOUT_MS }); // compiled code, as the operator's warm-up leaves it
  let carried = 0;
  for (let perSecond = 40; perSecond < 2_000; perSecond = Math.round(perSecond * 1.3)) {
    const { seconds } = await platform.load({ perSecond, seconds: 6, timeoutMs: TIMEOUT_MS });
    const later = seconds.slice(2);
    if (later.some(({ failed, p99 }) => failed > 0 || p99 > 500)) break;
    carried = perSecond;
  }
  if (carried === 0) throw new Error('one gateway does not even carry 40 requests per second: is the machine busy?');
  return carried;
}

async function shapeGateway(platform: LocalPlatform, perReplica: number | undefined): Promise<void> {
  const gateway = {
    replicas: { min: 1, max: MAX_REPLICAS },
    resources: { requests: { cpu: CPU, memory: '128Mi' }, limits: { cpu: CPU } },
    ...(perReplica === undefined ? {} : { capacityPerReplica: { requestsPerSecond: perReplica, streams: 20_000 } }),
  };
  const patch = JSON.stringify({ spec: { services: { gateway } } });
  await platform.kubectl(['patch', 'ticketbottleplatform', PLATFORM, '--type=merge', '-p', patch]);
  const ready = async () => {
    const { metadata, status } = await platform.json<{
      metadata: { generation: number };
      status: { observedGeneration: number; conditions: { type: string; status: string }[] };
    }>(['get', 'ticketbottleplatform', PLATFORM]);
    const isReady = status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
    return metadata.generation === status.observedGeneration && isReady;
  };
  await until('the platform is ready', ready, { withinMs: 300_000, everyMs: 2_000 });
}

function measured({ seconds, p50, p99 }: LoadAnswer, replicas: { readonly ready: number }): Measured {
  const sent = seconds.reduce((sum, second) => sum + second.sent, 0);
  const failed = seconds.reduce((sum, second) => sum + second.failed, 0);
  const bad = seconds.findLastIndex((second) => second.failed > 0 || second.p99 > 1_000);
  return {
    figures: {
      failedPercent: (100 * failed) / sent,
      p50,
      p99,
      wellAfter: bad + 1,
      replicasAtTheEnd: replicas.ready,
    },
    work: { requests: sent },
    series: {
      failedPercent: seconds.map((second) => (100 * second.failed) / second.sent),
      p99: seconds.map((second) => second.p99),
    },
  };
}
