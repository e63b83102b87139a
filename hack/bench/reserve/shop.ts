import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ClientLifetime, createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { createKafka } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { loadService } from '#runtime/proto-loader.ts';
import type { BenchContext } from '../benchmark.ts';
import { cpuSecondsOf, cpuSecondsOfTree } from '../load/process-cost.ts';
import { startService } from '../load/program.ts';
import { histogramQuantile, scrape } from '../load/prometheus.ts';
import { unaryClient } from '../load/unary-client.ts';

type Client = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers> & ClientLifetime;
export type ReserveMode = 'combined' | 'per-request';

export interface Inventory {
  aClass(total: number): Promise<{ readonly eventId: string; readonly classId: string }>;
  /** True: held. False: sold out. Everything else throws. */
  reserve(request: object): Promise<boolean>;
  ledger(
    eventId: string,
  ): Promise<{ readonly balanced: boolean; readonly oversold: number; readonly reserved: number }>;
  /** Resolves when everything that was held is published: the next side shall not pay for this one. */
  published(): Promise<void>;
  /** CPU seconds used so far. */
  cpu(): { readonly service: number; readonly postgres: number };
  /** Ms until a request's transaction held the class, since the last time this was asked. */
  lockTimes(): Promise<{ readonly p50: number; readonly p99: number }>;
}

export interface Shop extends AsyncDisposable {
  readonly inventories: Readonly<Record<ReserveMode, Inventory>>;
  readonly versions: Readonly<Record<string, string>>;
  /** The server itself, for what it can do without us. */
  readonly postgres: { readonly url: string; readonly admin: Pool };
}

/** A durable Postgres, a Kafka, and the inventory service once for each mode, with a database of its own. */
export async function openShop(context: BenchContext): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const backing = stack.use(
    await startBacking({ which: ['postgres', 'kafka'], durable: true, signal: context.signal }),
  );
  const admin = createPool({
    connectionString: backing.postgres.url,
    max: 1,
    applicationName: 'bench',
    log: context.log,
  });
  stack.defer(() => admin.end());
  const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'bench', log: context.log }).admin();
  await kafka.createTopics([{ name: TOPIC.inventoryReserved, partitions: 3, replicationFactor: 1 }]);
  await kafka.close();
  const start = async (mode: ReserveMode) => {
    const made = await startInventory(context, mode, admin, backing);
    stack.use(made);
    return made;
  };
  const inventories = { combined: await start('combined'), 'per-request': await start('per-request') };
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version');
  const owned = stack.move();
  return {
    inventories,
    postgres: { url: backing.postgres.url, admin },
    versions: { postgres: rows[0]?.server_version.split(' ')[0] ?? '' },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startInventory(
  context: BenchContext,
  mode: ReserveMode,
  admin: Pool,
  backing: Backing<'postgres' | 'kafka'>,
): Promise<Inventory & AsyncDisposable> {
  const { root, log } = context;
  const postgresPid = backing.pidOf('postgres') ?? 0;
  const database = `inventory_${mode.replace('-', '_')}`;
  await admin.query(`CREATE DATABASE ${database}`);
  const databaseUrl = backing.postgres.url.replace(/\/postgres$/, `/${database}`);
  await migrate({ connectionString: databaseUrl, dir: `${root}/services/inventory/migrations`, log });
  const env = {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '20',
    KAFKA_BROKERS: backing.kafka.brokers.join(),
    RESERVE_MODE: mode,
  };
  const service = await startService(root, 'inventory', env, context.nodeArgs);
  const definition = loadService<InventoryServiceDefinition>(
    root,
    'ticketbottle/inventory/v1/inventory.proto',
    'ticketbottle.inventory.v1.InventoryService',
  );
  const db = createPool({ connectionString: databaseUrl, max: 1, applicationName: 'bench', log });
  const client = createClient<Client>({ address: service.address, definition, log });
  const hot = unaryClient(service.address, definition, 'Reserve');
  let before = await scrape(service.opsUrl);
  return {
    async aClass(total) {
      const eventId = randomUUID();
      const price = { amountMinor: '500000', currency: 'VND' };
      const { classes } = await client.upsertTicketClasses({
        eventId,
        classes: [{ name: 'GA', price, total, maxPerOrder: 4, maxPerAccount: 0 }],
      });
      return { eventId, classId: classes[0]?.id ?? '' };
    },
    async reserve(request) {
      for (;;) {
        try {
          await hot.call(request);
          return true;
        } catch (error) {
          const { code } = error as { code?: number };
          if (code === status.RESOURCE_EXHAUSTED && /enough/.test(String(error))) return false;
          // Per request, buyers wait for a connection until that takes too long: they ask again, as buyers do.
          if (code !== status.UNAVAILABLE) throw error;
        }
      }
    },
    async ledger(eventId) {
      const { classes, balanced, oversold } = await client.getLedger({ eventId }, { deadlineMs: 30_000 });
      return { balanced, oversold, reserved: classes[0]?.reservedLedger ?? 0 };
    },
    async published() {
      for (let tries = 0; tries < 600; tries++) {
        const { rows } = await db.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM outbox WHERE published_time IS NULL',
        );
        if (rows[0]?.n === 0) return;
        await systemClock.sleep(100);
      }
      throw new Error(`${mode}: the outbox was not relayed within a minute`);
    },
    cpu: () => ({ service: cpuSecondsOf(service.pid), postgres: cpuSecondsOfTree(postgresPid) }),
    async lockTimes() {
      const now = await scrape(service.opsUrl);
      const at = (q: number) => 1000 * histogramQuantile(before, now, 'inventory_lock_acquisition_seconds', q);
      const times = { p50: at(0.5), p99: at(0.99) };
      before = now;
      return times;
    },
    async [Symbol.asyncDispose]() {
      hot.close();
      client.close();
      await service.stop();
      await db.end();
    },
  };
}
