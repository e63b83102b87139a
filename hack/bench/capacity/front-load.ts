import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { Measured } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { cpuSecondsOf, residentMegabytes } from '../load/process-cost.ts';
import type { Front } from '../sse/front.ts';
import { Listeners } from '../sse/listeners.ts';
import { latencyFigures } from '../statistics.ts';
import { openRoom } from '../waitroom/room.ts';

/** Buyers who come at the same time. */
const CONCURRENCY = 32;
const LISTEN_MS = 8_000;

/** Each buyer of a new room joins and looks at the tick: two requests at the gateway, two calls at the waitroom. */
export async function joinRound(front: Front, buyers: number): Promise<Measured> {
  const { redis, service } = front.waitroom;
  const eventId = await openRoom(redis, { opensInMs: 3_600_000, admissionsPerMinute: 600, slots: 1 });
  await sleep(1_500); // Until the waitroom has taken it up.
  const room = `http://127.0.0.1:${front.port}/api/v1/events/${eventId}/waitroom`;
  const [gateway, waitroom] = [cpuSecondsOf(front.gatewayPid()), cpuSecondsOf(service.pid)];
  const load = await closedLoop({
    concurrency: CONCURRENCY,
    calls: buyers,
    call: async (index) => {
      const headers = { authorization: `Bearer ${front.token(index)}` };
      await answered(await request(`${room}/join`, { method: 'POST', headers }));
      await answered(await request(`${room}/tick`, { headers }));
    },
  });
  const joined = Number((await front.waitroom.client.getRoom({ eventId })).waiting);
  if (joined !== buyers) throw new Error(`${buyers} came and ${joined} wait`);
  const requests = 2 * buyers;
  const cpuMs = (now: number, before: number) => ((now - before) * 1000) / requests;
  return {
    figures: {
      perSecond: load.perSecond * 2,
      ...latencyFigures(load.latencies),
      gatewayCpuMs: cpuMs(cpuSecondsOf(front.gatewayPid()), gateway),
      waitroomCpuMs: cpuMs(cpuSecondsOf(service.pid), waitroom),
    },
    work: { requests },
  };
}

async function answered({ statusCode, body }: Awaited<ReturnType<typeof request>>): Promise<void> {
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${statusCode} ${text}`);
}

/**
 * What an open stream costs the gateway while ticks come. Its memory is all that the gateway grew by since it was new: a process
 * gives hardly anything back between rounds, so a round on its own would find streams that cost nothing.
 */
export async function streamsRound(front: Front, count: number): Promise<Measured> {
  const pid = front.gatewayPid();
  const listeners = new Listeners({
    port: front.port,
    count,
    path: () => `/api/v1/events/${front.eventId}/waitroom/stream`,
    headers: (index) => ({ authorization: `Bearer ${front.token(index)}` }),
  });
  try {
    await listeners.openAll();
    await sleep(2_000);
    listeners.delays = [];
    const [cpu, at] = [cpuSecondsOf(pid), performance.now()];
    await sleep(LISTEN_MS);
    const seconds = (performance.now() - at) / 1000;
    if (listeners.open !== count || listeners.delays.length < count)
      throw new Error(`${listeners.open} of ${count} heard`);
    return {
      figures: {
        cpuPercentPerThousand: ((cpuSecondsOf(pid) - cpu) / seconds / count) * 1000 * 100,
        kilobytesPerStream: ((residentMegabytes(pid) - front.restingMegabytes) * 1000) / count,
        ...latencyFigures(listeners.delays, 'tick'),
      },
      work: { streams: count },
    };
  } finally {
    listeners.close();
    await sleep(1_000);
  }
}
