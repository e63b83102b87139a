import { join } from 'node:path';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type {
  EventQueryServiceDefinition,
  EventQueryServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventQueryService.ts';
import type { SaleServiceDefinition, SaleServiceHandlers } from '#proto/gen/ticketbottle/event/v1/SaleService.ts';
import { systemClock } from '#runtime/clock.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { createKafka } from '#runtime/kafka.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { migrate } from '#runtime/migrate.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { createPool, ping, warm } from '#runtime/pg.ts';
import { pgServiceError } from '#runtime/pg-errors.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { createReadCache } from '#runtime/read-cache.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { cancelEvent, eventCommands } from './commands.ts';
import { readConfig } from './config.ts';
import { feedFigures } from './figures-feed.ts';
import { eventQueries } from './queries.ts';
import { kubeConfig, saleObjects } from './sale-objects.ts';
import { organisersSales } from './sales.ts';
import { findEvent } from './sql/events.ts';
import { saleMinutes, saleTotals } from './sql/sale-orders.ts';

const log = createLogger({ service: 'event', version: process.env['TB_VERSION'] });
startTracing({ service: 'event', version: process.env['TB_VERSION'], env: process.env });
const PROTO = 'ticketbottle/event/v1/event.proto';
/** Of one answer: two days of a sale that sells each minute. */
const MAX_MINUTES = 2_880;
const SALE_PROTO = 'ticketbottle/event/v1/sale.proto';

if (process.argv[2] === 'migrate') {
  const config = readConfig(process.env);
  const root = repoRoot(import.meta.dirname, config.root);
  await migrate({ connectionString: config.databaseUrl, dir: join(root, 'services/event/migrations'), log });
} else
  await runProgram({
    name: 'event',
    log,
    async start(stack, _signal, program) {
      const config = readConfig(process.env);
      log.level = config.logLevel;
      const { readiness } = program;
      program.flush(() => flushTraces());
      const clock = systemClock;
      const root = repoRoot(import.meta.dirname, config.root);
      const metrics = createMetrics('event');
      stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));
      const pool = createPool({
        connectionString: config.databaseUrl,
        max: config.databasePoolSize,
        applicationName: 'event',
        log,
        metrics,
      });
      stack.defer(() => pool.end());
      readiness.probe('postgres', () => ping(pool));
      await warm(pool, log);

      const read = (id: string) => findEvent(pool, id);
      const cache = createReadCache({ read, clock, maxAgeMs: config.cacheMs, maxEntries: 1_000 });
      const commands = loadService<EventCommandServiceDefinition>(
        root,
        PROTO,
        'ticketbottle.event.v1.EventCommandService',
      );
      const queries = loadService<EventQueryServiceDefinition>(root, PROTO, 'ticketbottle.event.v1.EventQueryService');
      const sales = loadService<SaleServiceDefinition>(root, SALE_PROTO, 'ticketbottle.event.v1.SaleService');
      const [namespace = '', platform = ''] = config.platform.split('/');
      const objects = config.organisers ? saleObjects(namespace, kubeConfig(config.kubeconfig)) : undefined;
      const minutesOf = (eventId: string) => saleMinutes(pool, eventId, MAX_MINUTES);
      const totalsOf = (eventId: string) => saleTotals(pool, eventId);
      const commanding = { pool, onChange: cache.forget };
      const scheduling = organisersSales({
        ...{ objects, minutesOf, totalsOf, namespace, platform, quota: config.quota, clock },
        cancelEvent: async (eventId, reason) => void (await cancelEvent(commanding, eventId, reason)),
      });
      const server = await startGrpcServer({
        services: [
          bindService<EventCommandServiceHandlers>(commands, eventCommands(commanding)),
          bindService<EventQueryServiceHandlers>(queries, eventQueries({ pool, get: cache.get })),
          bindService<SaleServiceHandlers>(sales, scheduling),
        ],
        port: config.grpcPort,
        tls: config.grpcTls,
        callers: config.grpcCallers,
        log,
        metrics,
        readiness,
        clock,
        mapError: pgServiceError,
      });
      stack.use(server);
      if (config.kafka !== undefined) {
        const kafka = createKafka({ ...config.kafka, clientId: 'event', log });
        const feed = feedFigures({ kafka, pool, clock, log, metrics });
        program.stopIntake(() => feed.stop());
      }
      log.info({ port: server.port }, 'serving');
      program.stopIntake(() => clock.sleep(config.drainDelayMs));
      program.drain((deadline) => server.drain(deadline));
    },
  });
