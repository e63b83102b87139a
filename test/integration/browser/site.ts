import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type { UserServiceDefinition, UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { GATE_FIELD, redisKey, type ServiceName, ticketPdfKey } from '#proto/names.ts';
import { createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { type Shop, startShop } from '#runtime/local/shop/shop.ts';
import { freePort, ShopProcess } from '#runtime/local/shop/shop-process.ts';
import { silentLogger } from '#runtime/log.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { createRedis, type Redis, redisTimeMs } from '#runtime/redis.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import { arm, type GateOptions } from '../services-front/room-on-redis.ts';
import { migratedDatabase } from '../services-front/servers.ts';

type Events = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>;
type Users = ClientOf<UserServiceDefinition, UserServiceHandlers>;
export const ROOT = join(import.meta.dirname, '..', '..', '..');
const log = silentLogger();
const TICKETS = 'tickets';

/** The whole shop with a gateway in front: real services, real stores, the simulator of the providers. */
export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly shop: Shop;
  readonly redis: Redis;
  readonly gateway: ShopProcess;
  /** ACCESS_PRIVATE_JWK. */
  readonly accessKey: string;
  /** `host:port` of one of the seven services. */
  readonly addressOf: (service: ServiceName) => string;
  /** Where each service serves its metrics. */
  readonly opsUrls: Readonly<Record<ServiceName, string>>;
  /** A published event whose room is armed, as the operator would leave it. */
  aSale(options: SaleOptions): Promise<{ readonly eventId: string; readonly name: string }>;
  /** Moves the opening of a sale to this moment, so that no test races with it. */
  openNow(eventId: string): Promise<void>;
  /** Puts a file where the function that prints tickets leaves it; that function is not here. */
  print(orderId: string, text: string): Promise<void>;
  /** A new account; signs nobody in. */
  anAccount(roles?: readonly ('organiser' | 'door')[]): Promise<{ readonly email: string; readonly password: string }>;
}

export interface SaleOptions extends Omit<GateOptions, 'eventId'> {
  readonly name: string;
  readonly seats?: number;
}

/** `env` is laid over that of every program. */
export async function startSite(hold: string, env: Readonly<Record<string, string>> = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const shop = stack.use(
    await startShop({ root: ROOT, hold, env, persistent: false, without: ['order-2', 'webhook-2'] }),
  );
  const redis = createRedis({ address: shop.backing.redis.address, log });
  stack.defer(() => redis.disconnect());
  const [httpPort, ops, userPort, userOps] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const access = await generateKeyPairJwk();
  const { endpoint, region, accessKeyId, secretAccessKey } = shop.backing.aws;
  const url = `http://localhost:${httpPort}`;
  const program = (name: 'user' | 'gateway', opsPort: number, own: Record<string, string>) => {
    const made = new ShopProcess({
      ...{ root: ROOT, file: `services/${name}/main.ts` },
      env: { LOG_LEVEL: 'info', OPS_PORT: String(opsPort), REDIS_ADDRESS: shop.backing.redis.address, ...env, ...own },
      logFile: join(shop.backing.dir, 'logs', `${name}.log`),
      ready: async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).ok,
    });
    stack.defer(() => made.stop('SIGTERM'));
    return made;
  };
  const user = program('user', userOps, {
    GRPC_PORT: String(userPort),
    DATABASE_URL: await migratedDatabase(shop.backing.postgres.url, 'user'),
    KAFKA_BROKERS: shop.backing.kafka.brokers.join(),
    PUBLIC_URL: url,
  });
  const gateway = program('gateway', ops, {
    HTTP_PORT: String(httpPort),
    PUBLIC_URL: url,
    USER_ADDR: `127.0.0.1:${userPort}`,
    EVENT_ADDR: shop.addressOf('event'),
    INVENTORY_ADDR: shop.addressOf('inventory'),
    ORDER_ADDR: shop.addressOf('order'),
    WAITROOM_ADDR: shop.addressOf('waitroom'),
    ACCESS_PRIVATE_JWK: JSON.stringify(access.privateJwk),
    ACCESS_JWKS: JSON.stringify(jwksOf(access.publicJwk)),
    TICKET_JWKS: JSON.stringify(jwksOf(shop.ticketJwk)),
    ...{ TICKET_BUCKET: TICKETS, AWS_REGION: region, AWS_ENDPOINT_URL_S3: endpoint },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  });
  const s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  stack.defer(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: TICKETS }));
  await Promise.all([user.start(), gateway.start()]);

  const open = <T extends object>(address: string, file: string, service: string): T => {
    const definition = loadService(ROOT, `ticketbottle/${file}`, `ticketbottle.${service}`);
    return stack.use(createClient<T>({ address, definition, log, defaultDeadlineMs: 20_000 }));
  };
  const events = open<Events>(shop.addressOf('event'), 'event/v1/event.proto', 'event.v1.EventCommandService');
  const users = open<Users>(`127.0.0.1:${userPort}`, 'user/v1/user.proto', 'user.v1.UserService');

  const site = {
    ...{ url, shop, redis, gateway, accessKey: JSON.stringify(access.privateJwk) },
    addressOf: (service: ServiceName) =>
      service === 'gateway'
        ? `127.0.0.1:${httpPort}`
        : service === 'user'
          ? `127.0.0.1:${userPort}`
          : shop.addressOf(service),
    opsUrls: {
      gateway: `http://127.0.0.1:${ops}`,
      user: `http://127.0.0.1:${userOps}`,
      event: shop.opsUrl('event'),
      inventory: shop.opsUrl('inventory'),
      order: shop.opsUrl('order'),
      payment: shop.opsUrl('payment'),
      waitroom: shop.opsUrl('waitroom'),
    },
    async aSale({ name, seats = 200, ...gate }: SaleOptions) {
      const eventId = randomUUID();
      const soon = (ms: number) => toTimestamp(Date.now() + ms);
      const types = [
        { name: 'Hạng A', description: 'Gần sân khấu', amount: '1200000' },
        { name: 'Hạng B', description: '', amount: '500000' },
      ].map(({ amount, ...type }) => ({ ...type, price: { amountMinor: amount, currency: 'VND' }, maxPerOrder: 4 }));
      await events.upsertEvent({
        requestId: randomUUID(),
        event: {
          ...{ id: eventId, name, organiserId: randomUUID(), startTime: soon(30 * 86_400_000) },
          description: 'Một đêm nhạc với dàn nhạc giao hưởng và khách mời.\nMở cửa trước một giờ.',
          venue: { name: 'Nhà hát Lớn', address: '1 Tràng Tiền', city: 'Hà Nội', country: 'VN' },
          ticketTypes: types,
          sale: {
            preQueueTime: soon(gate.preQueueIn ?? -1_000),
            openTime: soon(gate.opensIn ?? 0),
            closeTime: soon(gate.closesIn ?? 3_600_000),
            timeZone: 'Asia/Ho_Chi_Minh',
          },
        },
      });
      await events.approveEvent({ eventId });
      await events.publishEvent({ eventId });
      await shop.inventory.upsertTicketClasses({
        eventId,
        classes: types.map((type) => ({ name: type.name, price: type.price, total: seats, maxPerOrder: 4 })),
      });
      await arm(redis, { ...gate, eventId });
      return { eventId, name };
    },
    async print(orderId: string, text: string) {
      await s3.send(new PutObjectCommand({ Bucket: TICKETS, Key: ticketPdfKey(orderId), Body: text }));
    },
    async openNow(eventId: string) {
      await redis.hset(redisKey.gate(eventId), { [GATE_FIELD.opensAtMs]: await redisTimeMs(redis) });
    },
    async anAccount(roles: readonly ('organiser' | 'door')[] = []) {
      const [email, password] = [`${randomUUID().slice(0, 8)}@example.com`, 'một mật khẩu dài'];
      await users.createUser({
        ...{ requestId: randomUUID(), email, password, fullName: 'Nguyễn Thị Hoa' },
        roles: roles.map((role) => `ROLE_${role.toUpperCase()}` as 'ROLE_DOOR'),
      });
      return { email, password };
    },
  };
  const owned = stack.move();
  return { ...site, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
