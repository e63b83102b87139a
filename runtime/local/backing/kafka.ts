import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';
import { accepts, type BackingServer, isolated, type Parts, type Place, reachable, SYSTEM_PATH } from './server.ts';

/** The cache of loaded classes fits only the flags it was made with. */
export const KAFKA_JVM = [
  ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
] as const;

/** Any fixed id will do: a directory belongs to one local broker. */
const CLUSTER_ID = '5L6g3nShT-eMCtK--X86sw';

/** One Kafka 4.4 broker that is its own controller (KRaft). */
export function kafkaServer(
  parts: Pick<Parts, 'java' | 'kafka'>,
  place: Place,
  ports: { readonly broker: number; readonly controller: number },
): BackingServer {
  if (parts.kafka === undefined) throw new Error('Kafka was not asked for');
  const { jars, aotCache } = parts.kafka;
  const classPath = ['-cp', join(jars, '*')];
  const data = join(place.dir, 'data');
  const config = join(place.dir, 'server.properties');
  const env = { PATH: SYSTEM_PATH, LC_ALL: 'C.UTF-8' };
  const warm = aotCache === undefined ? [] : [`-XX:AOTCache=${aotCache}`];
  const args = [...KAFKA_JVM, ...warm, ...classPath, 'kafka.Kafka', config];
  const properties = serverProperties(place, ports, data);
  return {
    ports: [ports.broker, ports.controller],
    async prepare(signal) {
      mkdirSync(place.dir, { recursive: true, mode: 0o700 });
      writeFileSync(config, properties);
      const formatted = join(place.dir, 'formatted');
      if (existsSync(formatted)) return;
      rmSync(data, { recursive: true, force: true });
      const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config, '--standalone'];
      const formatArgs = [...KAFKA_JVM, ...warm, ...classPath, ...format];
      await run(parts.java, formatArgs, signal === undefined ? {} : { signal });
      writeFileSync(formatted, '');
    },
    daemon: {
      name: 'kafka',
      ...isolated({ command: parts.java, args, env, tiedToParent: place.tiedToParent }),
      cwd: place.dir,
      revision: properties,
      stopGraceMs: 15_000,
      // After a crash it waits until its own old registration has run out.
      readyTimeoutMs: 180_000,
      ready: async (signal) => await accepts(reachable(place.bind), ports.broker, signal),
    },
  };
}

function serverProperties(place: Place, ports: { broker: number; controller: number }, data: string): string {
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `${reachable(place.bind)}:${ports.controller}`,
    listeners: `PLAINTEXT://${place.bind}:${ports.broker},CONTROLLER://${reachable(place.bind)}:${ports.controller}`,
    // Clients come back to this address after the first call, pods too.
    'advertised.listeners': `PLAINTEXT://${place.host}:${ports.broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': data,
    'num.partitions': 1,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
