import { join } from 'node:path';
import type {
  WaitroomServiceDefinition,
  WaitroomServiceHandlers,
} from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { Combiner } from '#runtime/combiner.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { newId } from '#runtime/ids.ts';
import { createKafka } from '#runtime/kafka.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { createRedis, createSubscriber, pingRedis, redisServiceError } from '#runtime/redis.ts';
import { watchRedis } from '#runtime/redis-metrics.ts';
import { importSigningKey } from '#runtime/tokens.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { readConfig } from './config.ts';
import { waitroomHandlers } from './handlers.ts';
import { Naps } from './naps.ts';
import { runFleet } from './room-fleet.ts';
import { goneNumbersKey } from './room-keys.ts';
import { roomMetrics } from './room-metrics.ts';
import { loadScripts, scriptRunner } from './room-scripts.ts';
import { type Join, type JoinAnswer, RoomStore } from './room-store.ts';
import type { RoomSnapshot } from './snapshot.ts';
import { tickOf } from './tick.ts';
import { TickHub } from './tick-hub.ts';
import { tickTopic } from './tick-topic.ts';

/** How long what the runner saw may stand in answers. */
const FRESH_MS = 2_000;

/**
 * A crowd that joins shares its steps in Redis. 64 joins hold Redis for about half a millisecond; more than `maxWaiting` are some
 * seconds of the fastest crowd seen, and later ones are told to try again.
 */
const JOINS = { gatherMs: 1, maxBatch: 64, maxWaiting: 20_000 };

const log = createLogger({ service: 'waitroom', version: process.env['TB_VERSION'] });
startTracing({ service: 'waitroom', version: process.env['TB_VERSION'], env: process.env });

await runProgram({
  name: 'waitroom',
  log,
  async start(stack, signal, program) {
    const config = readConfig(process.env);
    log.level = config.logLevel;
    const { readiness } = program;
    program.flush(() => flushTraces());
    const clock = systemClock;
    const root = repoRoot(import.meta.dirname, config.root);
    const metrics = createMetrics('waitroom');
    stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));

    const redis = createRedis({ ...config.redis, log, connectionName: 'waitroom', autoPipelining: true });
    stack.defer(() => redis.disconnect());
    const subscriber = createSubscriber(redis);
    stack.defer(() => subscriber.disconnect());
    readiness.probe('redis', () => pingRedis(redis));
    watchRedis(redis, metrics);

    const store = new RoomStore(scriptRunner(loadScripts(join(root, 'services/waitroom/redis')), redis));
    const joins = new Combiner<Join & { readonly eventId: string }, JoinAnswer>({
      write: (batch) => store.joinAll((batch[0] as { eventId: string }).eventId, batch), // one lane, one room
      laneOf: ({ eventId }) => eventId,
      keyOf: ({ userId }) => userId,
      isFaultOfOne: () => false,
      ...JOINS,
      clock,
    });
    const read = async (eventId: string) => tickOf(eventId, await store.read(eventId));
    const hub = new TickHub({ subscriber, read, clock, log });
    const producer = config.kafka && createKafka({ ...config.kafka, clientId: 'waitroom', log }).producer();
    if (producer) program.flush(() => producer.close());
    const toTopic = producer && tickTopic({ producer, clock, log });
    const observe = roomMetrics(metrics);
    const rooms = new Map<string, { readonly snapshot: RoomSnapshot; readonly at: number }>();
    const naps = new Naps(clock);
    const fleet = runFleet(
      {
        store,
        naps,
        clock,
        log,
        replica: newId(),
        goneNumbers: async (eventId, count) => (await redis.srandmember(goneNumbersKey(eventId), count)).map(Number),
        publish: async (tick) => {
          toTopic?.(tick);
          await redis.publish(redisKey.position(tick.eventId), JSON.stringify(tick));
        },
        onSnapshot: (eventId, snapshot) => {
          rooms.set(eventId, { snapshot, at: clock.monotonic() });
          observe(eventId, snapshot);
        },
        onGone: (eventId) => rooms.delete(eventId),
        members: (key) => redis.smembers(key),
      },
      signal,
    );
    const listening = hub.listen(signal);
    program.drain(async () => void (await Promise.all([fleet, listening])));

    const definition = loadService<WaitroomServiceDefinition>(
      root,
      'ticketbottle/waitroom/v1/waitroom.proto',
      'ticketbottle.waitroom.v1.WaitroomService',
    );
    const key = await importSigningKey(config.admissionKey);
    const handlers = waitroomHandlers({
      store,
      join: async (eventId, join) => {
        const answer = await joins.submit({ ...join, eventId });
        if (answer.outcome === 'OK' && !answer.rejoined) naps.end(eventId);
        return answer;
      },
      hub,
      redis: {
        xrange: (stream, from, to, count, limit) => redis.xrange(stream, from, to, count, limit),
        changeSet: async (set, add, remove) => {
          if (remove.length > 0) await redis.srem(set, ...remove);
          if (add.length > 0) await redis.sadd(set, ...add);
          return await redis.scard(set);
        },
      },
      key,
      clock,
      latest: (eventId) => {
        const seen = rooms.get(eventId);
        return seen && clock.monotonic() - seen.at < FRESH_MS ? seen.snapshot : undefined;
      },
      rehearsalTtlMs: config.rehearsalTtlMs,
    });
    const server = await startGrpcServer({
      services: [bindService<WaitroomServiceHandlers>(definition, handlers)],
      port: config.grpcPort,
      tls: config.grpcTls,
      callers: config.grpcCallers,
      log,
      metrics,
      readiness,
      clock,
      mapError: redisServiceError,
    });
    stack.use(server);
    log.info({ port: server.port }, 'serving');
    // Callers' load balancing needs a moment to see that this replica is going.
    program.stopIntake(() => clock.sleep(config.drainDelayMs));
    program.drain((deadline) => server.drain(deadline));
  },
});
