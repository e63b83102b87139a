import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { User__Output } from '#proto/gen/ticketbottle/user/v1/User.ts';
import { internal, ServiceError } from '#runtime/errors.ts';
import { type Access, callerOf } from '../access.ts';
import { rolesOf, userJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import { idempotencyKey, reading, writing } from '../onward.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { Revocations } from '../revocations.ts';
import { answers, idempotencyHeader, ref, refreshBody, signInBody, signUpBody } from '../schemas.ts';
import type { SigninDelay } from '../signin-delay.ts';

interface AuthDeps {
  readonly clients: Pick<Clients, 'users'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly delay: SigninDelay;
  readonly revocations: Pick<Revocations, 'revoke'>;
}

/** Accounts and sessions. Refresh tokens are spent by use; see the user service. */
export function authRoutes(app: FastifyInstance, deps: AuthDeps): void {
  const { access, limits, delay, revocations } = deps;
  const { users } = deps.clients;
  const tags = ['accounts'];

  async function openSession(user: User__Output | null, request: FastifyRequest) {
    if (user === null) throw internal('INTERNAL', 'a service answered without its user');
    const userAgent = request.headers['user-agent'] ?? '';
    const session = await users.createSession({ userId: user.id, userAgent }, writing(request));
    return await sessionJson(user, session);
  }

  async function sessionJson(user: User__Output, session: { sessionId: string; refreshToken: string }) {
    const issued = await access.issue({ userId: user.id, roles: rolesOf(user), sessionId: session.sessionId });
    return { user: userJson(user), ...issued, refreshToken: session.refreshToken };
  }

  app.post<{ Body: { email: string; password: string; fullName: string } }>(
    '/auth/signup',
    {
      schema: { tags, body: signUpBody, headers: idempotencyHeader, response: answers(201, ref('Session')) },
      onRequest: limits.authPerIp,
    },
    async (request, reply) => {
      const { email, password, fullName } = request.body;
      const created = await users.createUser(
        { requestId: idempotencyKey(request), email, password, fullName, roles: [] },
        writing(request, 15_000),
      );
      reply.code(201);
      return await openSession(created.user, request);
    },
  );

  app.post<{ Body: { email: string; password: string } }>(
    '/auth/signin',
    {
      schema: { tags, body: signInBody, response: answers(200, ref('Session')) },
      onRequest: limits.authPerIp,
      preHandler: limits.signinPerEmail,
    },
    async (request) => {
      const { email, password } = request.body;
      const guess = { account: email, ip: request.ip };
      await delay.check(guess);
      const verified = await users
        .verifyCredentials({ email, password }, writing(request, 15_000))
        .catch(async (error) => {
          if (error instanceof ServiceError && error.reason === 'BAD_CREDENTIALS') await delay.failed(guess);
          throw error;
        });
      await delay.succeeded(guess);
      return await openSession(verified.user, request);
    },
  );

  app.post<{ Body: { refreshToken: string } }>(
    '/auth/refresh',
    {
      schema: { tags, body: refreshBody, response: answers(200, ref('Session')) },
      onRequest: limits.authPerIp,
    },
    async (request) => {
      const { refreshToken } = request.body;
      const rotated = await users.rotateSession({ refreshToken }, writing(request)).catch(async (error: unknown) => {
        // Somebody else has this session too: its access tokens end with it.
        const sessionId =
          error instanceof ServiceError && error.reason === 'TOKEN_REUSED' && error.details?.['sessionId'];
        if (typeof sessionId === 'string') await revocations.revoke([sessionId]);
        throw error;
      });
      if (rotated.user === null) throw internal('INTERNAL', 'a service answered without its user');
      return await sessionJson(rotated.user, rotated);
    },
  );

  app.post(
    '/auth/signout',
    { schema: { tags, security: SECURED, response: answers(204, null) }, onRequest: access.signedIn },
    async (request, reply) => {
      const { userId, sessionId } = callerOf(request);
      await users.revokeSession({ sessionId, userId }, writing(request));
      await revocations.revoke([sessionId]);
      return reply.code(204).send();
    },
  );

  app.post(
    '/auth/signout-all',
    { schema: { tags, security: SECURED, response: answers(204, null) }, onRequest: access.signedIn },
    async (request, reply) => {
      const ended = await users.revokeAllSessions({ userId: callerOf(request).userId }, writing(request));
      await revocations.revoke(ended.sessionIds);
      return reply.code(204).send();
    },
  );

  app.get(
    '/me',
    {
      schema: { tags, security: SECURED, response: answers(200, ref('User')) },
      onRequest: [access.signedIn, limits.perAccount],
    },
    async (request) => userJson((await users.getUser({ id: callerOf(request).userId }, reading(request))).user),
  );
}

/** For the OpenAPI document. */
export const SECURED = [{ accessToken: [] }] as const;
