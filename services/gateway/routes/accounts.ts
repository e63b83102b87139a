import type { FastifyInstance } from 'fastify';
import type { Role } from '#proto/gen/ticketbottle/user/v1/Role.ts';
import { invalidArgument, notFound, ServiceError } from '#runtime/errors.ts';
import { type Access, callerOf, requireRole } from '../access.ts';
import { timeJson, userJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import { reading, writing } from '../onward.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { Revocations } from '../revocations.ts';
import {
  answers,
  eventParams,
  passwordBody,
  ref,
  resetBody,
  resetConfirmBody,
  rolesBody,
  sessionsAnswer,
  userQuery,
} from '../schemas.ts';
import type { SigninDelay } from '../signin-delay.ts';
import { SECURED } from './auth.ts';

interface AccountDeps {
  readonly clients: Pick<Clients, 'users'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly delay: SigninDelay;
  readonly revocations: Pick<Revocations, 'revoke'>;
}

type ById = { Params: { id: string } };

/** Sessions and password of one's own account, and what administrators do with accounts. */
export function accountRoutes(app: FastifyInstance, deps: AccountDeps): void {
  const { access, limits, delay, revocations } = deps;
  const { users } = deps.clients;
  const tags = ['accounts'];
  const own = { tags, security: SECURED };
  const onRequest = [access.signedIn, limits.perAccount];

  app.get(
    '/me/sessions',
    { schema: { ...own, response: answers(200, sessionsAnswer) }, onRequest },
    async (request) => {
      const { userId, sessionId } = callerOf(request);
      const { sessions } = await users.listSessions({ userId }, reading(request));
      return {
        sessions: sessions.map(({ id, userAgent, createTime, lastUseTime, expireTime }) => ({
          id,
          userAgent,
          createTime: timeJson(createTime),
          lastUseTime: timeJson(lastUseTime),
          expireTime: timeJson(expireTime),
          current: id === sessionId,
        })),
      };
    },
  );

  app.delete<ById>(
    '/me/sessions/:id',
    { schema: { ...own, params: eventParams, response: answers(204, null) }, onRequest },
    async (request, reply) => {
      const sessionId = request.params.id.toLowerCase();
      // The user service ends sessions of this account only; nobody else's becomes revoked here either.
      const { revoked } = await users.revokeSession({ sessionId, userId: callerOf(request).userId }, writing(request));
      if (!revoked) throw notFound('SESSION_NOT_FOUND', 'there is no such session');
      await revocations.revoke([sessionId]);
      return reply.code(204).send();
    },
  );

  app.post<{ Body: { currentPassword: string; newPassword: string } }>(
    '/auth/password',
    { schema: { ...own, body: passwordBody, response: answers(204, null) }, onRequest },
    async (request, reply) => {
      const { userId, sessionId } = callerOf(request);
      const guess = { account: userId, ip: request.ip };
      await delay.check(guess);
      const changed = await users
        .changePassword({ ...request.body, userId, sessionId }, writing(request, 15_000))
        .catch(async (error: unknown) => {
          if (error instanceof ServiceError && error.reason === 'BAD_CREDENTIALS') {
            await delay.failed(guess);
            // Not 401: the caller is signed in, and a client would throw the good tokens away.
            throw invalidArgument('WRONG_PASSWORD', 'the current password is wrong', {
              details: { field: 'currentPassword' },
            });
          }
          throw error;
        });
      await delay.succeeded(guess);
      await revocations.revoke(changed.sessionIds);
      return reply.code(204).send();
    },
  );

  app.post<{ Body: { email: string } }>(
    '/auth/password-reset',
    {
      schema: {
        tags,
        body: resetBody,
        response: answers(202, null, 'A mail is on its way if there is such an account'),
      },
      onRequest: limits.authPerIp,
      preHandler: limits.signinPerEmail,
    },
    async (request, reply) => {
      await users.requestPasswordReset({ email: request.body.email }, writing(request));
      return reply.code(202).send();
    },
  );

  app.post<{ Body: { token: string; newPassword: string } }>(
    '/auth/password-reset/confirm',
    { schema: { tags, body: resetConfirmBody, response: answers(204, null) }, onRequest: limits.authPerIp },
    async (request, reply) => {
      const done = await users.confirmPasswordReset(request.body, writing(request, 15_000));
      await delay.succeeded({ account: done.email, ip: request.ip });
      await revocations.revoke(done.sessionIds);
      return reply.code(204).send();
    },
  );

  const admin = { tags: ['administration'], security: SECURED };
  const asAdmin = [...onRequest, requireRole('admin')];

  app.get<{ Querystring: { email: string } }>(
    '/admin/users',
    { schema: { ...admin, querystring: userQuery, response: answers(200, ref('User')) }, onRequest: asAdmin },
    async (request) => userJson((await users.getUser({ email: request.query.email }, reading(request))).user),
  );

  app.put<ById & { Body: { roles: string[] } }>(
    '/admin/users/:id/roles',
    {
      schema: { ...admin, params: eventParams, body: rolesBody, response: answers(200, ref('User')) },
      onRequest: asAdmin,
    },
    async (request) => {
      const userId = request.params.id.toLowerCase();
      const roles = request.body.roles.map((role) => `ROLE_${role.toUpperCase()}` as Role);
      if (userId === callerOf(request).userId && !roles.includes('ROLE_ADMIN')) {
        throw invalidArgument('OWN_ROLE', 'another administrator has to take your role away');
      }
      const { user, sessionIds } = await users.setRoles({ userId, roles }, writing(request));
      await revocations.revoke(sessionIds);
      return userJson(user);
    },
  );
}
