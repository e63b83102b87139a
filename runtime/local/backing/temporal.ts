import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { forwardDaemon } from '../forward.ts';
import { answers, type BackingServer, isolated, type Parts, type Place, reachable, SYSTEM_PATH } from './server.ts';

export interface TemporalPorts {
  readonly grpc: number;
  readonly http: number;
  readonly metrics: number;
  readonly ui: number;
}

/** Its parts call each other at 127.0.0.1, whatever address it listens on; elsewhere on loopback it needs a front. */
const OWN_ADDRESS = '127.0.0.1';

/** Ports there, four for each block 127.N.0.0/16, so that clusters of processes stand side by side. */
function portsBehind(bind: string): TemporalPorts {
  const first = 20_000 + 4 * Number(bind.split('.')[1]);
  return { grpc: first, http: first + 1, metrics: first + 2, ui: first + 3 };
}

/** The Temporal development server, with its UI. */
export function temporalServers(parts: Parts, place: Place, ports: TemporalPorts): BackingServer[] {
  if (!place.bind.startsWith('127.') || place.bind === OWN_ADDRESS) return [temporalServer(parts, place, ports)];
  const behind = portsBehind(place.bind);
  const forwards = (['grpc', 'ui'] as const).map((name) => ({
    port: ports[name],
    target: { host: OWN_ADDRESS, port: behind[name] },
  }));
  return [
    { ...temporalServer(parts, { ...place, bind: OWN_ADDRESS }, behind), at: OWN_ADDRESS },
    {
      ports: [ports.grpc, ports.ui],
      async prepare() {},
      daemon: forwardDaemon('temporal-front', forwards, place.bind),
    },
  ];
}

function temporalServer(parts: Parts, place: Place, ports: TemporalPorts): BackingServer {
  const args = [
    ...['server', 'start-dev', '--ip', place.bind, '--port', String(ports.grpc)],
    ...['--http-port', String(ports.http), '--metrics-port', String(ports.metrics)],
    ...['--ui-ip', place.bind, '--ui-port', String(ports.ui), '--log-level', 'error'],
    ...(place.persistent ? ['--db-filename', join(place.dir, 'temporal.db')] : []),
  ];
  return {
    ports: Object.values(ports),
    async prepare() {
      mkdirSync(place.dir, { recursive: true, mode: 0o700 });
    },
    daemon: {
      name: 'temporal',
      ...isolated({
        command: parts.temporal,
        args,
        env: { PATH: SYSTEM_PATH, HOME: place.dir },
        tiedToParent: place.tiedToParent,
      }),
      // Earlier it accepts connections but answers with errors.
      ready: async (signal) =>
        await answers(`http://${reachable(place.bind)}:${ports.http}/api/v1/namespaces/default`, signal),
    },
  };
}
