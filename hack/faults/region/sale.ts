import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import { type ServiceName, TOKEN } from '#proto/names.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import type { RegionStores } from '#runtime/local/replicated-stores.ts';
import { silentLogger } from '#runtime/log.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { importSigningKey, type JWK, jwksOf, signJwt } from '#runtime/tokens.ts';
import type { BookSources } from '../bookkeeper.ts';
import { type Cluster, ROOT } from './cluster.ts';
import { sharedServices } from './manifests.ts';
import type { Region } from './region.ts';
import { poolOf } from './stores.ts';

const log = silentLogger();
const TICKETS = 5_000;
const ACCOUNTS = 5;

/** A sale in the region that serves: the event with one class, people who have signed up, and their admissions. */
export async function openSale(region: Region, endpoint: string) {
  const keys = await region.secret(`${region.name}-signing-keys`);
  const keyOf = async (name: string) => await importSigningKey(JSON.parse(keys[name] ?? '{}') as JWK);
  const [admissionKey, accessKey] = await Promise.all([keyOf('ADMISSION_PRIVATE_JWK'), keyOf('ACCESS_PRIVATE_JWK')]);
  const eventId = randomUUID();
  const classId = await publish(region, eventId);
  const accounts = await Promise.all(
    Array.from({ length: ACCOUNTS }, async () => {
      const userId = await signUp(endpoint);
      const accessToken = await signJwt({
        ...{ key: accessKey, clock, issuer: TOKEN.issuer, audience: TOKEN.accessAudience, subject: userId },
        ...{ ttlMs: 3_600_000, claims: { roles: ['buyer'], sid: randomUUID() } },
      });
      return { userId, accessToken };
    }),
  );
  const admission = (userId: string) =>
    signJwt({
      ...{ key: admissionKey, clock, issuer: TOKEN.issuer, audience: TOKEN.admissionAudience, subject: userId },
      ...{ jwtId: randomUUID(), ttlMs: 3_600_000, claims: { event_id: eventId, place: 1, epoch: 1 } },
    });
  const ticketJwk = jwksOf(JSON.parse(keys['TICKET_PRIVATE_JWK'] ?? '{}') as JWK).keys[0] as JWK;
  return { eventId, classId, accounts, admission, ticketJwk };
}

async function publish(region: Region, eventId: string): Promise<string> {
  type Events = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>;
  type Inventory = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers>;
  const client = async <T extends object>(service: ServiceName, file: string, name: string) =>
    createClient<T>({
      address: await region.addressOf(service),
      definition: loadService(ROOT, `ticketbottle/${file}`, `ticketbottle.${name}`),
      ...{ log, defaultDeadlineMs: 20_000 },
    });
  using events = await client<Events>('event', 'event/v1/event.proto', 'event.v1.EventCommandService');
  using inventory = await client<Inventory>(
    'inventory',
    'inventory/v1/inventory.proto',
    'inventory.v1.InventoryService',
  );
  const soon = (ms: number) => ({ seconds: String(Math.floor((Date.now() + ms) / 1_000)), nanos: 0 });
  const price = { amountMinor: '500000', currency: 'VND' };
  await events.upsertEvent({
    requestId: randomUUID(),
    event: {
      ...{ id: eventId, name: 'A night out', organiserId: randomUUID(), startTime: soon(30 * 86_400_000) },
      venue: { name: 'Nhà hát', address: '1 Tràng Tiền', city: 'Hà Nội', country: 'VN' },
      ticketTypes: [{ name: 'GA', price, maxPerOrder: 4 }],
      sale: {
        ...{ preQueueTime: soon(-60_000), openTime: soon(-30_000), closeTime: soon(86_400_000) },
        timeZone: 'Asia/Ho_Chi_Minh',
      },
    },
  });
  const made = await inventory.upsertTicketClasses({
    eventId,
    classes: [{ name: 'GA', price, total: TICKETS, maxPerOrder: 4 }],
  });
  return made.classes[0]?.id ?? '';
}

async function signUp(endpoint: string): Promise<string> {
  const answer = await fetch(`${endpoint}/api/v1/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${randomUUID()}@example.test`, password: randomUUID(), fullName: 'Lê Thảo Linh' }),
  });
  if (!answer.ok) throw new Error(`nobody can sign up: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { user: { id: string } }).user.id;
}

/** The books of a region's stores, and of what both have in common. */
export function sourcesOf(cluster: Cluster, stores: RegionStores, ticketJwk: JWK): BookSources & Disposable {
  const { kafka, aws, providers } = sharedServices(cluster);
  const credentials = { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey };
  const client = new DynamoDBClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const [inventoryDb, paymentDb] = [poolOf(stores, 'inventory'), poolOf(stores, 'payment')];
  return {
    ...{ inventoryDb, paymentDb, ticketJwk, providersUrl: providers.url, backing: { kafka } },
    dynamo: DynamoDBDocumentClient.from(client),
    [Symbol.dispose]() {
      client.destroy();
      void Promise.allSettled([inventoryDb.end(), paymentDb.end()]);
    },
  };
}
