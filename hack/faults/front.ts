import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { UserServiceDefinition, UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { TOKEN } from '#proto/names.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { freePort, ShopProcess } from '#runtime/local/shop/shop-process.ts';
import { silentLogger } from '#runtime/log.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { generateKeyPairJwk, importSigningKey, jwksOf, signJwt } from '#runtime/tokens.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const log = silentLogger();
type Users = ClientOf<UserServiceDefinition, UserServiceHandlers>;

/** The way in from the internet, for faults that need it: gateway and user service. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  readonly gateway: ShopProcess;
  /** An access token of an account of which nobody but the gateway need know. */
  accessTo(userId: string): Promise<string>;
  /** Somebody who is signed in. */
  aBuyer(): Promise<{ readonly userId: string; readonly accessToken: string }>;
}

export async function openFront(shop: Shop): Promise<Front> {
  await using stack = new AsyncDisposableStack();
  const [httpPort, ops, userPort, userOps] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const pair = await generateKeyPairJwk();
  const database = `user_${randomUUID().slice(0, 8)}`;
  await shop.inventoryDb.query(`CREATE DATABASE ${database}`);
  const program = (name: 'user' | 'gateway', opsPort: number, env: Record<string, string>, args: string[] = []) =>
    new ShopProcess({
      ...{ root: ROOT, file: `services/${name}/main.ts`, args },
      env: { LOG_LEVEL: 'info', OPS_PORT: String(opsPort), REDIS_ADDRESS: shop.backing.redis.address, ...env },
      logFile: join(shop.backing.dir, 'logs', `${name}.log`),
      ready: async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).ok,
    });
  const userEnv = {
    GRPC_PORT: String(userPort),
    DATABASE_URL: shop.backing.postgres.url.replace(/\/postgres$/, `/${database}`),
    KAFKA_BROKERS: shop.backing.kafka.brokers.join(),
    PUBLIC_URL: `http://localhost:${httpPort}`,
  };
  await program('user', userOps, userEnv, ['migrate']).complete();
  const user = program('user', userOps, userEnv);
  const gateway = program('gateway', ops, {
    HTTP_PORT: String(httpPort),
    USER_ADDR: `127.0.0.1:${userPort}`,
    EVENT_ADDR: shop.addressOf('event'),
    INVENTORY_ADDR: shop.addressOf('inventory'),
    ORDER_ADDR: shop.addressOf('order'),
    WAITROOM_ADDR: shop.addressOf('waitroom'),
    ACCESS_PRIVATE_JWK: JSON.stringify(pair.privateJwk),
    ACCESS_JWKS: JSON.stringify(jwksOf(pair.publicJwk)),
  });
  stack.defer(async () => void (await Promise.all([user.stop('SIGTERM'), gateway.stop('SIGTERM')])));
  await Promise.all([user.start(), gateway.start()]);
  const definition = loadService<UserServiceDefinition>(
    ROOT,
    'ticketbottle/user/v1/user.proto',
    'ticketbottle.user.v1.UserService',
  );
  const users = stack.use(
    createClient<Users>({ address: `127.0.0.1:${userPort}`, definition, log, defaultDeadlineMs: 20_000 }),
  );
  const key = await importSigningKey(pair.privateJwk);
  const accessTo = (userId: string) =>
    signJwt({
      ...{ key, clock, issuer: TOKEN.issuer, audience: TOKEN.accessAudience, subject: userId, ttlMs: 3_600_000 },
      claims: { roles: ['buyer'], sid: randomUUID() },
    });
  const owned = stack.move();
  return {
    url: `http://127.0.0.1:${httpPort}`,
    gateway,
    accessTo,
    async aBuyer() {
      const made = await users.createUser({
        ...{ requestId: randomUUID(), email: `${randomUUID()}@example.test`, password: randomUUID() },
        ...{ fullName: 'Đỗ Minh Châu', roles: [] },
      });
      const userId = made.user?.id ?? '';
      return { userId, accessToken: await accessTo(userId) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
