import { join } from 'node:path';
import type {
  PaymentServiceDefinition,
  PaymentServiceHandlers,
} from '#proto/gen/ticketbottle/payment/v1/PaymentService.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { newId } from '#runtime/ids.ts';
import { createKafka } from '#runtime/kafka.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics, gauge } from '#runtime/metrics.ts';
import { migrate } from '#runtime/migrate.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool, ping, warm } from '#runtime/pg.ts';
import { pgServiceError } from '#runtime/pg-errors.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { repeat } from '#runtime/repeat.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { paymentService } from './api/payment-service.ts';
import { readConfig, readMigrateConfig } from './config.ts';
import { giveRefunds } from './jobs/give-refunds.ts';
import { reconcile } from './jobs/reconcile.ts';
import { configuredProviders } from './providers/providers.ts';
import { planCheck } from './sql/checks.ts';
import { waitingRefunds } from './sql/refunds.ts';
import { UNEXPLAINED, unexplainedMoney } from './sql/unexplained-money.ts';

/**
 * Webhooks write the outbox from another process, so nothing wakes this relay: it looks often while there is something, and
 * four times a second at rest, where looking every 40 ms took an eighth of a core of Postgres and as much here. A NOTIFY
 * would have to be sent in a transaction of its own, or it would make all webhooks' commits take turns.
 */
const RELAY_POLL_MS = { min: 5, max: 250 };

if (process.argv[2] === 'migrate') await migrateAndExit();
else await serve();

async function migrateAndExit(): Promise<void> {
  const { root, databaseUrl } = readMigrateConfig(process.env);
  const log = createLogger({ service: 'payment' });
  const dir = join(repoRoot(import.meta.dirname, root), 'services', 'payment', 'migrations');
  await migrate({ connectionString: databaseUrl, dir, log });
}

async function serve(): Promise<void> {
  const log = createLogger({ service: 'payment', version: process.env['TB_VERSION'] });
  startTracing({ service: 'payment', version: process.env['TB_VERSION'], env: process.env });
  await runProgram({
    name: 'payment',
    log,
    start: async (stack, signal, program) => {
      const config = readConfig(process.env);
      log.level = config.logLevel;
      const metrics = createMetrics('payment');
      const { readiness } = program;
      program.flush(() => flushTraces());
      stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));

      const pool = createPool({
        connectionString: config.databaseUrl,
        max: config.databasePoolSize,
        applicationName: 'payment',
        log,
        metrics,
      });
      stack.defer(() => pool.end());
      readiness.probe('postgres', () => ping(pool));
      await warm(pool, log);

      const kafka = createKafka({ ...config.kafka, clientId: 'payment', log });
      const producer = kafka.producer();
      program.flush(() => producer.close());
      const relay = createRelay({ pool, producer, clock, log, metrics, pollMs: RELAY_POLL_MS });
      relay.start();
      program.drain(() => relay.stop());

      const providers = configuredProviders(config, clock);
      const definition = loadService<PaymentServiceDefinition>(
        repoRoot(import.meta.dirname, config.root),
        'ticketbottle/payment/v1/payment.proto',
        'ticketbottle.payment.v1.PaymentService',
      );
      const implementation = paymentService({
        pool,
        clock,
        newId,
        providers,
        checkAfterMs: config.reconcileAfterMs,
        onChange: () => relay.wake(),
      });
      const server = await startGrpcServer({
        services: [bindService<PaymentServiceHandlers>(definition, implementation)],
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
      program.drain((deadline) => server.drain(deadline));

      // A payment was begun: look after it even if this process forgot it between the provider's answer and the database.
      const consumer = kafka.runConsumer({
        groupId: 'payment',
        topics: [TOPIC.paymentInitiated],
        clock,
        metrics,
        handler: async (message) => {
          await planCheck(pool, decodeEnvelope(message.value).key, config.reconcileAfterMs);
          return 'done';
        },
        park: async (message, reason) =>
          log.error(
            { topic: message.topic, offset: message.offset, reason },
            'message cannot be handled and is passed over',
          ),
      });
      program.stopIntake(() => consumer.stop());

      const waiting = gauge(metrics, 'payment_refunds_waiting', 'Refunds not given yet');
      const oldest = gauge(
        metrics,
        'payment_refunds_oldest_seconds',
        'Age of the oldest refund that no provider has taken',
      );
      const atProvider = gauge(
        metrics,
        'payment_refunds_at_provider_seconds',
        'How long the oldest refund not given yet has been at its provider',
      );
      const unexplained = gauge(
        metrics,
        'payment_money_unexplained',
        'Transactions whose money counts for nothing and that nobody has explained',
        ['verdict'],
      );
      const jobs = [
        repeat({
          ...{ name: 'unexplained money', everyMs: 15_000, clock, log, signal },
          work: async () => {
            const counts = await unexplainedMoney(pool);
            for (const verdict of UNEXPLAINED) unexplained.set({ verdict }, counts[verdict]);
            return false;
          },
        }),
        repeat({
          name: 'reconcile',
          everyMs: config.reconcileEveryMs,
          clock,
          log,
          signal,
          work: async () => {
            const more = await reconcile({ pool, clock, log, providers }, signal);
            relay.wake();
            return more;
          },
        }),
        repeat({
          name: 'refunds',
          everyMs: 2_000,
          clock,
          log,
          signal,
          work: async () => {
            const more = await giveRefunds({ pool, log, providers }, signal);
            const { count, oldestSeconds, atProviderSeconds } = await waitingRefunds(pool);
            waiting.set(count);
            oldest.set(oldestSeconds);
            atProvider.set(atProviderSeconds);
            return more;
          },
        }),
      ];
      program.drain(async () => void (await Promise.all(jobs)));
      log.info({ port: server.port, providers: [...providers.keys()] }, 'payment serves');
    },
  });
}
