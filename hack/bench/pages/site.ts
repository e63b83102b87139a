import { randomUUID } from 'node:crypto';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { migrate } from '#runtime/migrate.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { generateKeyPairJwk, importSigningKey, jwksOf, signJwt } from '#runtime/tokens.ts';
import type { BenchContext } from '../benchmark.ts';
import { startService } from '../load/program.ts';
import { openRoom, openWaitroom } from '../waitroom/room.ts';

type Events = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>;
const HOUR_MS = 3_600_000;

export interface PageSite extends AsyncDisposable {
  readonly url: string;
  /** An event whose waiting room is open and whose sale opens in some hours. */
  readonly eventId: string;
  /** Of somebody who may buy and stand at the door. */
  readonly accessToken: string;
}

/** Gateway, event service and waitroom with a dozen events: what the pages need that are measured. */
export async function openSite(context: BenchContext): Promise<PageSite> {
  await using stack = new AsyncDisposableStack();
  const { root, log } = context;
  const room = stack.use(await openWaitroom(context));
  const eventId = await openRoom(room.redis, { opensInMs: 3 * HOUR_MS, admissionsPerMinute: 600, slots: 100 });
  const backing = stack.use(await startBacking({ which: ['postgres'], signal: context.signal }));
  const { url: databaseUrl } = backing.postgres;
  await migrate({ connectionString: databaseUrl, dir: `${root}/services/event/migrations`, log });
  const event = stack.use(await startService(root, 'event', { DATABASE_URL: databaseUrl }));
  await publishEvents(context, event.address, eventId);

  const pair = await generateKeyPairJwk();
  const jwks = JSON.stringify(jwksOf(pair.publicJwk));
  // No page that is measured asks them.
  const nowhere = Object.fromEntries(
    ['USER', 'INVENTORY', 'ORDER'].map((name) => [`${name}_ADDR`, 'dns:///127.0.0.1:1']),
  );
  const gateway = stack.use(
    await startService(root, 'gateway', {
      ...nowhere,
      LOG_LEVEL: 'warn',
      EVENT_ADDR: event.address,
      WAITROOM_ADDR: room.service.address,
      REDIS_ADDRESS: room.redisAddress,
      ACCESS_PRIVATE_JWK: JSON.stringify(pair.privateJwk),
      ACCESS_JWKS: jwks,
      TICKET_JWKS: jwks,
    }),
  );
  const accessToken = await signJwt({
    ...{ key: await importSigningKey(pair.privateJwk), clock: systemClock, ttlMs: 6 * HOUR_MS },
    ...{ issuer: TOKEN.issuer, audience: TOKEN.accessAudience, subject: randomUUID() },
    claims: { roles: ['buyer', 'door'], sid: randomUUID() },
  });
  const owned = stack.move();
  return {
    ...{ url: `http://${gateway.address}`, eventId, accessToken },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function publishEvents({ root, log }: BenchContext, address: string, first: string): Promise<void> {
  const file = 'ticketbottle/event/v1/event.proto';
  const definition = loadService<EventCommandServiceDefinition>(
    root,
    file,
    'ticketbottle.event.v1.EventCommandService',
  );
  using events = createClient<Events & Disposable>({ address, definition, log });
  const soon = (ms: number) => toTimestamp(Date.now() + ms);
  for (let n = 0; n < 12; n++) {
    const id = n === 0 ? first : randomUUID();
    await events.upsertEvent({
      requestId: randomUUID(),
      event: {
        ...{ id, name: `Đêm nhạc số ${n + 1}`, organiserId: randomUUID(), startTime: soon(30 * 24 * HOUR_MS) },
        description: 'Một đêm nhạc với dàn nhạc giao hưởng và khách mời.\nMở cửa trước một giờ.',
        venue: { name: 'Nhà hát Lớn', address: '1 Tràng Tiền', city: 'Hà Nội', country: 'VN' },
        ticketTypes: ['Hạng A', 'Hạng B', 'Sinh viên'].map((name) => ({
          ...{ name, description: '', price: { amountMinor: '500000', currency: 'VND' }, maxPerOrder: 4 },
        })),
        sale: {
          ...{ preQueueTime: soon(-1_000), openTime: soon(3 * HOUR_MS), closeTime: soon(6 * HOUR_MS) },
          timeZone: 'Asia/Ho_Chi_Minh',
        },
      },
    });
    await events.approveEvent({ eventId: id });
    await events.publishEvent({ eventId: id });
  }
}
