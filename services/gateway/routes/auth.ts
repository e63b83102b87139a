import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { User__Output } from '#proto/gen/ticketbottle/user/v1/User.ts';
import { internal } from '#runtime/errors.ts';
import { type Access, callerOf } from '../access.ts';
import { rolesOf, userJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import { idempotencyKey, reading, writing } from '../onward.ts';
import type { RateLimits } from '../rate-limits.ts';
import { answers, idempotencyHeader, ref, refreshBody, signInBody, signUpBody } from '../schemas.ts';

interface AuthDeps {
  readonly clients: Pick<Clients, 'users'>;
  readonly access: Access;
  readonly limits: RateLimits;
}

/** Accounts and sessions. Refresh tokens are spent by use; see the user service. */
export function authRoutes(app: FastifyInstance, { clients: { users }, access, limits }: AuthDeps): void {
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
      const verified = await users.verifyCredentials({ email, password }, writing(request, 15_000));
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
      const rotated = await users.rotateSession({ refreshToken: request.body.refreshToken }, writing(request));
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
      return reply.code(204).send();
    },
  );

  app.post(
    '/auth/signout-all',
    { schema: { tags, security: SECURED, response: answers(204, null) }, onRequest: access.signedIn },
    async (request, reply) => {
      await users.revokeAllSessions({ userId: callerOf(request).userId }, writing(request));
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
