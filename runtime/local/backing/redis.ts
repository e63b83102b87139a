import { mkdirSync } from 'node:fs';
import { accepts, type BackingServer, isolated, type Parts, type Place, reachable, SYSTEM_PATH } from './server.ts';

/** Valkey 9, which programs speak to as Redis. */
export function redisServer(parts: Parts, place: Place, port: number): BackingServer {
  const args = [
    ...['--port', String(port), '--bind', place.bind, '--protected-mode', 'no', '--dir', place.dir],
    ...(place.persistent ? ['--appendonly', 'yes'] : ['--appendonly', 'no']),
    ...['--appendfsync', place.durable ? 'always' : 'everysec', '--save', ''],
    ...['--maxmemory-policy', 'noeviction', '--tcp-backlog', '4096'],
  ];
  return {
    ports: [port],
    async prepare() {
      mkdirSync(place.dir, { recursive: true, mode: 0o700 });
    },
    daemon: {
      name: 'redis',
      ...isolated({ command: parts.valkey, args, env: { PATH: SYSTEM_PATH }, tiedToParent: place.tiedToParent }),
      ready: async (signal) => await accepts(reachable(place.bind), port, signal),
    },
  };
}
