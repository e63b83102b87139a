import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { type ClientLifetime, createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { freePort, ROOT, type ServiceProcess, startService } from '../services-front/servers.ts';

type Client = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers> & ClientLifetime;

/** The inventory service as a process that is killed with -9, with Kafka away all the time: selling must not need it. */
describe('inventory killed in the middle of a sale', function () {
  this.timeout(180_000);
  const log = silentLogger();
  let backing: Backing<'postgres'> | undefined;
  let db: Pool;
  let client: Client;
  let service: ServiceProcess;
  let start: (mode?: string) => Promise<void>;

  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    const { url } = backing.postgres;
    await migrate({ connectionString: url, dir: join(ROOT, 'services', 'inventory', 'migrations'), log });
    db = createPool({ connectionString: url, max: 4, applicationName: 'test', log });
    const [port, opsPort] = [await freePort(), await freePort()];
    start = async (mode = 'combined') => {
      service = await startService(
        'inventory',
        { GRPC_PORT: String(port), DATABASE_URL: url, KAFKA_BROKERS: '127.0.0.1:1', RESERVE_MODE: mode },
        opsPort,
      );
    };
    const definition = loadService<InventoryServiceDefinition>(
      ROOT,
      'ticketbottle/inventory/v1/inventory.proto',
      'ticketbottle.inventory.v1.InventoryService',
    );
    client = createClient<Client>({ address: `127.0.0.1:${port}`, definition, log });
    await start();
  });
  after(async () => {
    client?.close();
    await service?.stop();
    await db?.end();
    await backing?.stop();
  });

  async function aClass(total: number) {
    const eventId = randomUUID();
    const price = { amountMinor: '1000', currency: 'VND' };
    const made = await client.upsertTicketClasses(
      { eventId, classes: [{ name: 'GA', price, total, maxPerOrder: 4, maxPerAccount: 0 }] },
      { deadlineMs: 20_000, waitForReady: true },
    );
    return { eventId, classId: made.classes[0]?.id ?? '' };
  }

  /** Asks until there is a verdict, always with the same order id. */
  async function buy(eventId: string, classId: string, orderId = randomUUID()): Promise<'held' | 'sold out'> {
    const request = {
      orderId,
      eventId,
      userId: orderId,
      lines: [{ ticketClassId: classId, quantity: 1 }],
      expireTime: toTimestamp(Date.now() + 600_000),
    };
    const end = performance.now() + 60_000;
    for (;;) {
      try {
        await client.reserve(request, { deadlineMs: 5_000 });
        return 'held';
      } catch (error) {
        if (error instanceof ServiceError && error.reason === 'SOLD_OUT') return 'sold out';
        if (performance.now() > end) throw error;
        await systemClock.sleep(50);
      }
    }
  }

  async function restart(mode?: string): Promise<void> {
    service.child.kill('SIGKILL');
    await service.stop();
    await start(mode);
  }

  for (const mode of ['combined', 'per-request']) {
    it(`${mode}: whoever was told yes holds a ticket, and exactly all are sold`, async () => {
      await restart(mode);
      const { eventId, classId } = await aClass(50);
      const told = new Map<string, string>();
      const buyers = Array.from({ length: 200 }, async (_, i) => {
        await systemClock.sleep(i * 5);
        const orderId = randomUUID();
        told.set(orderId, await buy(eventId, classId, orderId));
      });
      await systemClock.sleep(120);
      await restart(mode);
      await Promise.all(buyers);
      const { rows } = await db.query<{ order_id: string }>(
        "SELECT order_id FROM reservations WHERE event_id = $1 AND state = 'HELD'",
        [eventId],
      );
      const held = new Set(rows.map(({ order_id }) => order_id));
      const yes = [...told].filter(([, verdict]) => verdict === 'held').map(([orderId]) => orderId);
      assert.equal(yes.length, 50);
      assert.deepEqual(new Set(yes), held);
      const ledger = await client.getLedger({ eventId });
      assert.deepEqual([ledger.balanced, ledger.oversold], [true, 0]);
    });
  }

  it('killed after the counters moved and before the commit: the retry finds one hold, not two', async () => {
    await restart();
    const { eventId, classId } = await aClass(5);
    const orderId = randomUUID();
    const blocker = await db.connect();
    try {
      // Reserve writes its outbox row last: here it stands still with reservation, lines and counters written.
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
      const asked = buy(eventId, classId, orderId);
      await until(async () => {
        const { rows } = await db.query("SELECT FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass");
        return rows.length > 0;
      });
      await restart();
      await blocker.query('COMMIT');
      assert.equal(await asked, 'held');
    } finally {
      blocker.release();
    }
    assert.equal(await buy(eventId, classId, orderId), 'held');
    const ledger = await client.getLedger({ eventId });
    assert.deepEqual([ledger.classes[0]?.reservedCounter, ledger.balanced], [1, true]);
    const { rows } = await db.query<{ n: number }>('SELECT count(*)::int AS n FROM outbox WHERE key = $1', [orderId]);
    assert.equal(rows[0]?.n, 1, 'told of once');
  });

  async function until(check: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < 400; i++) {
      if (await check()) return;
      await systemClock.sleep(25);
    }
    throw new Error('it did not come to it within 10 s');
  }
});
