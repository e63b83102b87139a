import { randomUUID } from 'node:crypto';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { generateKeyPairJwk, importSigningKey, jwksOf, signJwt } from '#runtime/tokens.ts';
import type { BenchContext } from '../benchmark.ts';
import { residentMegabytes } from '../load/process-cost.ts';
import { freePort, type RunningProgram, startProgram } from '../load/program.ts';
import { openRoom, openWaitroom, type WaitroomBench } from '../waitroom/room.ts';

export interface Front extends AsyncDisposable {
  readonly port: number;
  readonly eventId: string;
  /** Access token of the n-th buyer, who stands in the queue. */
  readonly token: (index: number) => string;
  readonly versions: WaitroomBench['versions'];
  readonly waitroom: WaitroomBench;
  readonly gatewayPid: () => number;
  /** Of the first gateway, before anybody came. */
  readonly restingMegabytes: number;
  /** kill -9 and a new process on the same port. */
  killGateway(): Promise<void>;
}

/** Redis, one waitroom, one gateway, and a pre-queue of so many buyers with an access token each. */
export async function openFront(context: BenchContext, buyers: number): Promise<Front> {
  await using stack = new AsyncDisposableStack();
  const waitroom = stack.use(await openWaitroom(context));
  const eventId = await openRoom(waitroom.redis, {
    opensInMs: 24 * 3_600_000 - 1,
    admissionsPerMinute: 600,
    slots: 100,
  });
  const pair = await generateKeyPairJwk();
  const [port, opsPort] = [await freePort(), await freePort()];
  const nowhere = 'dns:///127.0.0.1:1'; // no route that needs the others is called
  const env = {
    LOG_LEVEL: 'warn',
    HTTP_PORT: String(port),
    OPS_PORT: String(opsPort),
    ...Object.fromEntries(['USER', 'EVENT', 'INVENTORY', 'ORDER'].map((name) => [`${name}_ADDR`, nowhere])),
    WAITROOM_ADDR: `dns:///${waitroom.service.address}`,
    REDIS_ADDRESS: waitroom.redisAddress,
    ACCESS_PRIVATE_JWK: JSON.stringify(pair.privateJwk),
    ACCESS_JWKS: JSON.stringify(jwksOf(pair.publicJwk)),
    RATE_LIMIT_PER_IP: '10000000',
  };
  const start = () =>
    startProgram({
      root: context.root,
      file: 'services/gateway/main.ts',
      env,
      nodeArgs: context.nodeArgs,
      ready: async () => (await fetch(`http://127.0.0.1:${opsPort}/livez`)).ok && (await listens(port)),
    });
  let gateway: RunningProgram = await start();
  stack.defer(() => gateway.stop());
  const restingMegabytes = residentMegabytes(gateway.pid);
  context.say(`${buyers} buyers join and sign in`);
  const key = await importSigningKey(pair.privateJwk);
  const tokens: string[] = [];
  for (let from = 0; from < buyers; from += 200) {
    const some = Array.from({ length: Math.min(200, buyers - from) }, async (_, index) => {
      const userId = randomUUID();
      await waitroom.join({ eventId, userId });
      tokens[from + index] = await signJwt({
        key,
        clock: systemClock,
        issuer: TOKEN.issuer,
        audience: TOKEN.accessAudience,
        subject: userId,
        ttlMs: 6 * 3_600_000,
        claims: { roles: ['buyer'], sid: randomUUID() },
      });
    });
    await Promise.all(some);
  }
  const owned = stack.move();
  return {
    port,
    eventId,
    token: (index) => tokens[index] ?? '',
    versions: waitroom.versions,
    waitroom,
    gatewayPid: () => gateway.pid,
    restingMegabytes,
    async killGateway() {
      await gateway.stop('SIGKILL');
      gateway = await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function listens(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' });
  await response.body?.cancel();
  return true;
}
