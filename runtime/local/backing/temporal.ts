import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answers, type BackingServer, isolated, type Parts, type Place, reachable, SYSTEM_PATH } from './server.ts';

export interface TemporalPorts {
  readonly grpc: number;
  readonly http: number;
  readonly metrics: number;
  readonly ui: number;
}

/** The Temporal development server, with its UI. */
export function temporalServer(parts: Parts, place: Place, ports: TemporalPorts): BackingServer {
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
