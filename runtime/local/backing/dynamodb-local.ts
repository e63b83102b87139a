import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, type BackingServer, isolated, type Parts, type Place, SYSTEM_PATH } from './server.ts';

/**
 * Amazon's own DynamoDB Local, to check what we rely on against a second implementation. It listens on every interface
 * (there is no option for the address), so outside a namespace use it only in short tests.
 */
export function dynamodbLocalServer(parts: Parts, place: Place, port: number): BackingServer {
  if (parts.dynamodbLocalJars === undefined) throw new Error('the jars of DynamoDB Local were not asked for');
  const args = [
    ...['-Xms32m', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    `-Dsqlite4java.library.path=${parts.dynamodbLocalJars}`,
    ...['-cp', join(parts.dynamodbLocalJars, '*'), 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner'],
    ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
  ];
  return {
    ports: [port],
    async prepare() {
      mkdirSync(place.dir, { recursive: true, mode: 0o700 });
    },
    daemon: {
      name: 'dynamodb-local',
      ...isolated({
        command: parts.java,
        args,
        env: { PATH: SYSTEM_PATH, HOME: place.dir },
        tiedToParent: place.tiedToParent,
      }),
      cwd: place.dir,
      ready: async (signal) => await accepts('127.0.0.1', port, signal),
    },
  };
}
