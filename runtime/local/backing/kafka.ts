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

export interface KafkaPorts {
  readonly controller: number;
  /** Of each broker, at least one. */
  readonly brokers: readonly number[];
}

/**
 * Kafka 4.4 brokers (KRaft). The first one is also the only controller, so it starts first; with three, everything has three
 * replicas of which two must be in sync to take a write.
 */
export function kafkaServers(parts: Pick<Parts, 'java' | 'kafka'>, place: Place, ports: KafkaPorts): BackingServer[] {
  if (parts.kafka === undefined) throw new Error('Kafka was not asked for');
  const { java, kafka } = parts;
  return ports.brokers.map((_, index) => brokerServer(java, kafka, place, ports, index));
}

/** `index` 0 is the controller. */
function brokerServer(
  java: string,
  { jars, aotCache }: NonNullable<Parts['kafka']>,
  { dir, ...place }: Place,
  ports: KafkaPorts,
  index: number,
): BackingServer {
  const suffix = index === 0 ? '' : `-${index + 1}`;
  const at = { ...place, dir: `${dir}${suffix}` };
  const port = ports.brokers[index] ?? 0;
  const classPath = ['-cp', join(jars, '*')];
  const data = join(at.dir, 'data');
  const config = join(at.dir, 'server.properties');
  const env = { PATH: SYSTEM_PATH, LC_ALL: 'C.UTF-8' };
  const warm = aotCache === undefined ? [] : [`-XX:AOTCache=${aotCache}`];
  const args = [...KAFKA_JVM, ...warm, ...classPath, 'kafka.Kafka', config];
  const properties = serverProperties(at, ports, index, data);
  return {
    ports: index === 0 ? [port, ports.controller] : [port],
    async prepare(signal) {
      mkdirSync(at.dir, { recursive: true, mode: 0o700 });
      writeFileSync(config, properties);
      const formatted = join(at.dir, 'formatted');
      if (existsSync(formatted)) return;
      rmSync(data, { recursive: true, force: true });
      const quorum = index === 0 ? '--standalone' : '--no-initial-controllers';
      const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config, quorum];
      const formatArgs = [...KAFKA_JVM, ...warm, ...classPath, ...format];
      await run(java, formatArgs, signal === undefined ? {} : { signal });
      writeFileSync(formatted, '');
    },
    daemon: {
      name: `kafka${suffix}`,
      ...isolated({ command: java, args, env, tiedToParent: place.tiedToParent }),
      cwd: at.dir,
      revision: properties,
      stopGraceMs: 15_000,
      // After a crash it waits until its own old registration has run out.
      readyTimeoutMs: 180_000,
      ready: async (signal) => await accepts(reachable(place.bind), port, signal),
    },
  };
}

function serverProperties(place: Place, ports: KafkaPorts, index: number, data: string): string {
  const controller = `${reachable(place.bind)}:${ports.controller}`;
  const client = `PLAINTEXT://${place.bind}:${ports.brokers[index]}`;
  const replicas = Math.min(3, ports.brokers.length);
  const inSync = replicas === 3 ? 2 : 1;
  const properties: Record<string, string | number | boolean> = {
    'process.roles': index === 0 ? 'broker,controller' : 'broker',
    'node.id': index + 1,
    'controller.quorum.bootstrap.servers': controller,
    listeners: index === 0 ? `${client},CONTROLLER://${controller}` : client,
    // Clients come back to this address after the first call, pods too.
    'advertised.listeners': `PLAINTEXT://${place.host}:${ports.brokers[index]}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': data,
    'num.partitions': 1,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
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
