import assert from 'node:assert/strict';
import type { UserServiceDefinition, UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { createClient } from '#runtime/grpc-client.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { pgServiceError } from '#runtime/pg-errors.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { Readiness } from '#runtime/readiness.ts';
import { userHandlers } from '#services/user/handlers.ts';
import { createPasswordHasher } from '#services/user/password-hash.ts';
import { migratedDatabase, ROOT } from './servers.ts';

type UserClient = ClientOf<UserServiceDefinition, UserServiceHandlers>;

describe('user service on a real Postgres', () => {
  const stack = new AsyncDisposableStack();
  let backing: Backing<'postgres'>;
  let pool: Pool;
  let client: UserClient;
  before(async function () {
    this.timeout(180_000);
    backing = stack.use(await startBacking({ which: ['postgres'] }));
    const url = await migratedDatabase(backing.postgres.url, 'user');
    pool = createPool({ connectionString: url, max: 5, applicationName: 'test', log: silentLogger() });
    stack.defer(() => pool.end());
    const definition = loadService(ROOT, 'ticketbottle/user/v1/user.proto', 'ticketbottle.user.v1.UserService');
    const hasher = createPasswordHasher({ concurrency: 2, maxWaiting: 100 });
    const implementation = userHandlers({ pool, hasher, sessionTtlMs: 60_000 });
    const server = stack.use(
      await startGrpcServer({
        services: [bindService<UserServiceHandlers>(definition, implementation)],
        port: 0,
        host: '127.0.0.1',
        log: silentLogger(),
        metrics: createMetrics('user'),
        readiness: new Readiness(),
        clock: systemClock,
        mapError: pgServiceError,
      }),
    );
    client = stack.use(
      createClient<UserClient>({ address: `127.0.0.1:${server.port}`, definition, log: silentLogger() }),
    );
  });
  after(() => stack.disposeAsync());

  const refused = (reason: string) => (error: unknown) => error instanceof ServiceError && error.reason === reason;
  const password = 'mật khẩu dài';
  const signUp = async (email: string, requestId = '') => {
    const { user } = await client.createUser({ requestId, email, password, fullName: 'Nguyễn Thị Minh' });
    assert.ok(user);
    return user;
  };

  it('makes one account per address, whatever its case, also when asked at once', async () => {
    const results = await Promise.allSettled(
      ['Minh@Example.com', 'minh@example.com ', 'MINH@EXAMPLE.COM'].map((email) => signUp(email)),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) if (result.status === 'rejected') assert.ok(refused('EMAIL_TAKEN')(result.reason));
  });

  it('answers a repeated request with its account, but only to who knows the password', async () => {
    const first = await signUp('again@example.com', 'key-1');
    assert.equal((await signUp('again@example.com', 'key-1')).id, first.id);
    await assert.rejects(signUp('again@example.com', 'key-2'), refused('EMAIL_TAKEN'));
    const guess = { requestId: 'key-1', email: 'again@example.com', password: 'another one', fullName: 'X' };
    await assert.rejects(client.createUser(guess), refused('EMAIL_TAKEN'));
  });

  it('never stores or tells a password, and refuses a wrong one like an unknown address', async () => {
    const user = await signUp('secret@example.com');
    assert.deepEqual(user.roles, ['ROLE_BUYER']);
    const { rows } = await pool.query<{ row: string }>('SELECT u::text AS row FROM users u');
    for (const { row } of rows) assert.ok(!row.includes(password));
    const right = await client.verifyCredentials({ email: 'SECRET@example.com', password });
    assert.equal(right.user?.id, user.id);
    const wrong = client.verifyCredentials({ email: 'secret@example.com', password: 'wrong' });
    await assert.rejects(wrong, refused('BAD_CREDENTIALS'));
    const nobody = client.verifyCredentials({ email: 'nobody@example.com', password });
    await assert.rejects(nobody, refused('BAD_CREDENTIALS'));
  });

  it('rotates refresh tokens, and ends the session when a spent one comes back', async () => {
    const user = await signUp('session@example.com');
    const opened = await client.createSession({ userId: user.id, userAgent: 'test' });
    const second = await client.rotateSession({ refreshToken: opened.refreshToken });
    assert.equal(second.sessionId, opened.sessionId);
    assert.equal(second.user?.id, user.id);
    const third = await client.rotateSession({ refreshToken: second.refreshToken });
    await assert.rejects(client.rotateSession({ refreshToken: second.refreshToken }), refused('TOKEN_REUSED'));
    await assert.rejects(
      client.rotateSession({ refreshToken: third.refreshToken }),
      refused('TOKEN_INVALID'),
      'the thief and the owner are both out',
    );
    const { rows } = await pool.query<{ token_hash: Buffer }>('SELECT token_hash FROM session_tokens');
    for (const { token_hash } of rows) assert.ok(!token_hash.toString('latin1').includes(third.refreshToken));
  });

  it('lets only one of two simultaneous refreshes through, and then ends the session', async () => {
    const user = await signUp('race@example.com');
    const { refreshToken } = await client.createSession({ userId: user.id, userAgent: '' });
    const results = await Promise.allSettled([1, 2, 3].map(() => client.rotateSession({ refreshToken })));
    const won = results.filter((result) => result.status === 'fulfilled');
    assert.equal(won.length, 1);
    await assert.rejects(client.rotateSession({ refreshToken: won[0]?.value.refreshToken ?? '' }));
  });

  it('signs out one session or all of an account', async () => {
    const user = await signUp('out@example.com');
    const sessions = await Promise.all([1, 2, 3].map(() => client.createSession({ userId: user.id, userAgent: '' })));
    const [one, two] = sessions;
    await client.revokeSession({ refreshToken: one?.refreshToken ?? '' });
    await assert.rejects(client.rotateSession({ refreshToken: one?.refreshToken ?? '' }), refused('TOKEN_INVALID'));
    assert.equal((await client.revokeAllSessions({ userId: user.id })).revokedCount, 2);
    await assert.rejects(client.rotateSession({ refreshToken: two?.refreshToken ?? '' }), refused('TOKEN_INVALID'));
  });

  it('refuses what can never be an account', async () => {
    for (const email of ['', 'no-at', 'a@', '@b.c', 'a b@c.d']) {
      await assert.rejects(signUp(email), refused('INVALID_EMAIL'), email);
    }
    const short = { requestId: '', email: 'short@example.com', password: 'short', fullName: 'X' };
    await assert.rejects(client.createUser(short), refused('INVALID_PASSWORD'));
    await assert.rejects(client.getUser({ id: 'nobody' }), refused('INVALID_ID'));
    await assert.rejects(client.getUser({ email: 'nobody@example.com' }), refused('USER_NOT_FOUND'));
  });
});
