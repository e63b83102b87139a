import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import type { UserServiceDefinition, UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { createClient } from '#runtime/grpc-client.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import { newId } from '#runtime/ids.ts';
import { startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { pgServiceError } from '#runtime/pg-errors.ts';
import { loadService } from '#runtime/proto-loader.ts';
import { Readiness } from '#runtime/readiness.ts';
import { userHandlers } from '#services/user/handlers.ts';
import { createPasswordHasher } from '#services/user/password-hash.ts';
import { resetMailer } from '#services/user/reset-mail.ts';
import { migratedDatabase, ROOT } from './servers.ts';

type UserClient = ClientOf<UserServiceDefinition, UserServiceHandlers>;

describe('sessions, passwords and roles on a real Postgres and a real mailbox', () => {
  const stack = new AsyncDisposableStack();
  let pool: Pool;
  let client: UserClient;
  let mailboxUrl: string;
  before(async function () {
    this.timeout(180_000);
    const backing = stack.use(await startBacking({ which: ['postgres', 'aws'] }));
    mailboxUrl = backing.aws.mailboxUrl;
    const url = await migratedDatabase(backing.postgres.url, 'user');
    pool = createPool({ connectionString: url, max: 5, applicationName: 'test', log: silentLogger() });
    stack.defer(() => pool.end());
    const ses = new SESv2Client({
      region: 'us-east-1',
      endpoint: backing.aws.endpoint,
      credentials: { accessKeyId: 'ticketbottle', secretAccessKey: 'ticketbottle-local' },
    });
    stack.defer(() => ses.destroy());
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'tickets@example.com' }));
    const definition = loadService(ROOT, 'ticketbottle/user/v1/user.proto', 'ticketbottle.user.v1.UserService');
    const implementation = userHandlers({
      pool,
      hasher: createPasswordHasher({ concurrency: 2, maxWaiting: 100 }),
      sessionTtlMs: 60_000,
      sendResetMail: resetMailer(ses, { from: 'tickets@example.com', publicUrl: 'https://shop.example/' }),
    });
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
  let accounts = 0;
  async function account() {
    const email = `person${++accounts}@example.com`;
    const { user } = await client.createUser({ requestId: '', email, password, fullName: 'Trần Văn\r\nAn' });
    assert.ok(user);
    const open = () => client.createSession({ userId: user.id, userAgent: 'phone' });
    return { ...user, sessions: [await open(), await open(), await open()] as const };
  }

  /** Tokens mailed to an address so far, oldest first. */
  async function mailed(email: string, atLeast: number): Promise<string[]> {
    for (let tries = 0; ; tries++) {
      const { messages } = (await (await fetch(mailboxUrl)).json()) as { messages: Record<string, object[]> };
      const all = Object.values(messages).flat();
      const texts = all.map((message) => JSON.stringify(message)).filter((text) => text.includes(email));
      const tokens = texts.flatMap((text) => [...new Set(text.match(/(?<=#token=)[\w-]{43}/g))]);
      if (tokens.length >= atLeast || tries > 100) return tokens;
      await sleep(50);
    }
  }

  it('lists live sessions of the account only', async () => {
    const [mine, other] = [await account(), await account()];
    await client.revokeSession({ sessionId: mine.sessions[0].sessionId, userId: mine.id });
    const { sessions } = await client.listSessions({ userId: mine.id });
    const expected = mine.sessions.slice(1).map(({ sessionId }) => sessionId);
    assert.deepEqual(sessions.map(({ id }) => id).sort(), expected.sort());
    assert.equal(sessions[0]?.userAgent, 'phone');
    const foreign = await client.revokeSession({ sessionId: other.sessions[0].sessionId, userId: mine.id });
    assert.equal(foreign.revoked, false);
    await client.rotateSession({ refreshToken: other.sessions[0].refreshToken });
  });

  it('changes a password for who knows it, and ends every other session', async () => {
    const { id, email, sessions } = await account();
    const change = { userId: id, newPassword: 'a new password', sessionId: sessions[1].sessionId };
    const wrong = client.changePassword({ ...change, currentPassword: 'a guess' });
    await assert.rejects(wrong, refused('BAD_CREDENTIALS'));
    const weak = client.changePassword({ ...change, currentPassword: password, newPassword: 'short' });
    await assert.rejects(weak, refused('INVALID_PASSWORD'));
    const { sessionIds } = await client.changePassword({ ...change, currentPassword: password });
    assert.deepEqual(sessionIds.sort(), [sessions[0].sessionId, sessions[2].sessionId].sort());
    await client.rotateSession({ refreshToken: sessions[1].refreshToken });
    await assert.rejects(client.rotateSession({ refreshToken: sessions[0].refreshToken }), refused('TOKEN_INVALID'));
    await assert.rejects(client.verifyCredentials({ email, password }), refused('BAD_CREDENTIALS'));
    await client.verifyCredentials({ email, password: 'a new password' });
  });

  it('lets only one of two simultaneous changes through', async () => {
    const { id, sessions } = await account();
    const changes = ['first password', 'second password'].map((newPassword) =>
      client.changePassword({ userId: id, currentPassword: password, newPassword, sessionId: sessions[0].sessionId }),
    );
    const results = await Promise.allSettled(changes);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('resets a password by mail: once, within 30 minutes, and out of every session', async function () {
    this.timeout(20_000);
    const { id, email, sessions } = await account();
    await client.requestPasswordReset({ email: email.toUpperCase() });
    const [token = ''] = await mailed(email, 1);
    assert.notEqual(token, '', 'the mail carries a token');
    const { rows } = await pool.query<{ token_hash: Buffer; left_ms: number }>(
      'SELECT token_hash, extract(epoch FROM expire_time - now())::float8 * 1000 AS left_ms FROM password_resets WHERE user_id = $1',
      [id],
    );
    assert.equal(rows.length, 1);
    assert.ok(!rows[0]?.token_hash.toString('latin1').includes(token), 'only its hash is stored');
    assert.ok((rows[0]?.left_ms ?? 0) <= 30 * 60_000 && (rows[0]?.left_ms ?? 0) > 29 * 60_000);

    const confirm = { token, newPassword: 'quên rồi nhớ lại' };
    await assert.rejects(
      client.confirmPasswordReset({ ...confirm, newPassword: 'short' }),
      refused('INVALID_PASSWORD'),
    );
    const both = await Promise.allSettled([client.confirmPasswordReset(confirm), client.confirmPasswordReset(confirm)]);
    const done = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(done.length, 1, 'a token is good once, also when used twice at once');
    assert.deepEqual(done[0]?.sessionIds.sort(), sessions.map(({ sessionId }) => sessionId).sort());
    await client.verifyCredentials({ email, password: confirm.newPassword });
    await assert.rejects(client.confirmPasswordReset(confirm), refused('TOKEN_INVALID'));
  });

  it('refuses a token that is too old', async () => {
    const { id, email } = await account();
    await client.requestPasswordReset({ email });
    const [token = ''] = await mailed(email, 1);
    await pool.query("UPDATE password_resets SET expire_time = now() - interval '1 second' WHERE user_id = $1", [id]);
    assert.notEqual(token, '');
    const late = client.confirmPasswordReset({ token, newPassword: 'a new password' });
    await assert.rejects(late, refused('TOKEN_INVALID'));
  });

  it('answers for an unknown address the same, and mails nobody; mails one account at most three times', async function () {
    this.timeout(20_000);
    assert.deepEqual(await client.requestPasswordReset({ email: 'nobody-here@example.com' }), {});
    assert.deepEqual(await client.requestPasswordReset({ email: 'not an address' }), {});
    const { email } = await account();
    for (let i = 0; i < 8; i++) await client.requestPasswordReset({ email });
    assert.equal((await mailed(email, 3)).length, 3);
    await sleep(300);
    assert.equal((await mailed(email, 3)).length, 3);
    assert.deepEqual(await mailed('nobody-here@example.com', 0), []);
  });

  it('gives and takes roles, and ends the sessions that say the old ones', async () => {
    const { id, sessions } = await account();
    const given = await client.setRoles({ userId: id, roles: ['ROLE_BUYER', 'ROLE_DOOR'] });
    assert.deepEqual(given.user?.roles, ['ROLE_BUYER', 'ROLE_DOOR']);
    assert.equal(given.sessionIds.length, sessions.length);
    const fresh = await client.createSession({ userId: id, userAgent: '' });
    const same = await client.setRoles({ userId: id, roles: ['ROLE_DOOR', 'ROLE_BUYER'] });
    assert.deepEqual(same.sessionIds, []);
    await client.rotateSession({ refreshToken: fresh.refreshToken });
    const taken = await client.setRoles({ userId: id, roles: ['ROLE_BUYER'] });
    assert.deepEqual(taken.user?.roles, ['ROLE_BUYER']);
    await assert.rejects(client.setRoles({ userId: newId(), roles: [] }), refused('USER_NOT_FOUND'));
  });
});
