import { join } from 'node:path';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { Combiner } from '#runtime/combiner.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { createKafka } from '#runtime/kafka.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics, gauge, Histogram } from '#runtime/metrics.ts';
import { migrate } from '#runtime/migrate.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool, ping, warm } from '#runtime/pg.ts';
import { classifyPgError, pgServiceError } from '#runtime/pg-errors.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { repeat } from '#runtime/repeat.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { inventoryService } from './api/inventory-service.ts';
import { readConfig, readMigrateConfig } from './config.ts';
import type { ReserveAnswer, ReserveCommand, SettleAnswer, SettleCommand } from './domain/reservation.ts';
import { oldestOverdueHoldSeconds, pruneSnapshots, sweepHolds, takeSnapshots } from './sql/housekeeping.ts';
import { reserveBatch } from './sql/reserve-batch.ts';
import { reserveInteractive } from './sql/reserve-interactive.ts';
import { settleBatch } from './sql/settle-batch.ts';

/** Short transactions: a sale may be running. */
const PRUNED_AT_ONCE = 2_000;

if (process.argv[2] === 'migrate') await migrateAndExit();
else await serve();

async function migrateAndExit(): Promise<void> {
  const { root, databaseUrl } = readMigrateConfig(process.env);
  const log = createLogger({ service: 'inventory' });
  const dir = join(repoRoot(import.meta.dirname, root), 'services', 'inventory', 'migrations');
  await migrate({ connectionString: databaseUrl, dir, log });
}

async function serve(): Promise<void> {
  const log = createLogger({ service: 'inventory', version: process.env['TB_VERSION'] });
  startTracing({ service: 'inventory', version: process.env['TB_VERSION'], env: process.env });
  await runProgram({
    name: 'inventory',
    log,
    start: async (stack, signal, program) => {
      const config = readConfig(process.env);
      log.level = config.logLevel;
      const metrics = createMetrics('inventory');
      const { readiness } = program;
      program.flush(() => flushTraces());
      stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));

      const pool = createPool({
        connectionString: config.databaseUrl,
        max: config.databasePoolSize,
        applicationName: 'inventory',
        log,
        metrics,
      });
      stack.defer(() => pool.end());
      readiness.probe('postgres', () => ping(pool));
      await warm(pool, log);

      const producer = createKafka({ ...config.kafka, clientId: 'inventory', log }).producer();
      program.flush(() => producer.close());
      // Never woken by a reserve: nobody waits for `inventory.reserved`, and a relay that runs all the time would commit as
      // often as the sale itself, on the same disk. A fifth of a second lets it take many rows at once.
      const relay = createRelay({ pool, producer, clock, log, metrics, pollMs: { min: 200, max: 1_000 } });
      relay.start();
      program.drain(() => relay.stop());

      const batchSize = new Histogram({
        name: 'inventory_batch_size',
        help: 'Requests that shared a transaction',
        labelNames: ['kind'],
        buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
        registers: [metrics],
      });
      const lockTime = new Histogram({
        name: 'inventory_lock_acquisition_seconds',
        help: 'From the parsed request until its transaction holds its ticket classes',
        buckets: [0.001, 0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 3],
        registers: [metrics],
      });
      const combining = {
        gatherMs: config.gatherMs,
        maxBatch: config.maxBatch,
        maxWaiting: config.maxWaiting,
        clock,
        // Bad data of one request (class 22: impossible date, number out of range) must not refuse its neighbours.
        isFaultOfOne: (error: unknown) => classifyPgError(error)?.sqlState.startsWith('22') ?? false,
      };
      const reserves = new Combiner<ReserveCommand, ReserveAnswer>({
        ...combining,
        write: async (batch, waitedMs) => {
          const { answers, lockMs } = await reserveBatch(pool, batch);
          for (const ms of waitedMs) lockTime.observe((ms + lockMs) / 1000);
          return answers;
        },
        laneOf: ({ lines }) => Object.keys(lines).sort().join(),
        keyOf: ({ orderId }) => orderId,
        onBatch: (size) => batchSize.observe({ kind: 'reserve' }, size),
      });
      const settles = new Combiner<SettleCommand, SettleAnswer>({
        ...combining,
        write: (batch) => settleBatch(pool, batch),
        laneOf: () => '',
        keyOf: ({ orderId }) => orderId,
        onBatch: (size) => batchSize.observe({ kind: 'settle' }, size),
      });
      const plainly = async (command: ReserveCommand) => {
        const { answers, lockMs } = await reserveInteractive(pool, command, () => clock.monotonic());
        lockTime.observe(lockMs / 1000);
        return answers[0] as ReserveAnswer; // one in, one out
      };
      const combined = config.reserveMode === 'combined';

      const definition = loadService<InventoryServiceDefinition>(
        repoRoot(import.meta.dirname, config.root),
        'ticketbottle/inventory/v1/inventory.proto',
        'ticketbottle.inventory.v1.InventoryService',
      );
      const implementation = inventoryService({
        db: pool,
        clock,
        reserve: async (command, abort) => {
          return await (combined ? reserves.submit(command, abort) : plainly(command));
        },
        settle: (command, abort) => settles.submit(command, abort),
        availabilityMaxAgeMs: config.availabilityMaxAgeMs,
      });
      const server = await startGrpcServer({
        services: [bindService<InventoryServiceHandlers>(definition, implementation)],
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

      const overdue = gauge(
        metrics,
        'inventory_oldest_overdue_hold_seconds',
        'Age past its end of the oldest live hold',
      );
      const jobs = [
        repeat({
          name: 'sweep holds',
          everyMs: config.sweepMs,
          clock,
          log,
          signal,
          work: async () => {
            const freed = await sweepHolds(pool, 500);
            overdue.set(await oldestOverdueHoldSeconds(pool));
            return freed > 0;
          },
        }),
        repeat({
          name: 'snapshots',
          everyMs: config.snapshotMs,
          clock,
          log,
          signal,
          work: async () => {
            await takeSnapshots(pool, config.snapshotMs);
            return false;
          },
        }),
        repeat({
          ...{ name: 'old snapshots', everyMs: 600_000, clock, log, signal },
          work: async () => (await pruneSnapshots(pool, config.snapshotKeepMs, PRUNED_AT_ONCE)) === PRUNED_AT_ONCE,
        }),
      ];
      program.drain(async () => void (await Promise.all(jobs)));
      log.info({ port: server.port, mode: config.reserveMode }, 'inventory serves');
    },
  });
}
