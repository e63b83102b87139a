import type { User } from '#proto/gen/ticketbottle/user/v1/User.ts';
import type { UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { alreadyExists, invalidArgument, notFound, unauthenticated } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { isUuid, newId } from '#runtime/ids.ts';
import type { Pool } from '#runtime/pg.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import type { PasswordHasher } from './password-hash.ts';
import { hashRefreshToken, newRefreshToken } from './refresh-token.ts';
import { type Account, findByEmail, findById, insertAccount, ROLES, type RoleName } from './sql/accounts.ts';
import { openSession, revokeAll, revokeById, revokeByToken, rotateToken } from './sql/sessions.ts';

export interface HandlerDeps {
  readonly pool: Pool;
  readonly hasher: PasswordHasher;
  readonly sessionTtlMs: number;
}

export function userHandlers({ pool, hasher, sessionTtlMs }: HandlerDeps): ImplementationOf<UserServiceHandlers> {
  return {
    async createUser(request) {
      const email = emailOf(request.email);
      const password = passwordOf(request.password);
      const fullName = fullNameOf(request.fullName);
      const roles = rolesOf(request.roles);
      const requestId = request.requestId.slice(0, 200) || undefined;
      const passwordHash = await hasher.hash(password);
      const made = await insertAccount(pool, { id: newId(), email, fullName, roles, passwordHash, requestId });
      if (made) return { user: wireUser(made) };
      // The same request again is answered with its account. The password must fit too: a key that somebody guessed
      // must not open an account.
      const known = await findByEmail(pool, email);
      const replay =
        requestId !== undefined &&
        known?.requestId === requestId &&
        (await hasher.verify(password, known.passwordHash));
      if (!known || !replay) throw alreadyExists('EMAIL_TAKEN', 'this e-mail address has an account already');
      return { user: wireUser(known.account) };
    },

    async getUser(request) {
      const known =
        request.key === 'email'
          ? await findByEmail(pool, request.email ?? '')
          : await findById(pool, uuidOf(request.id ?? '', 'id'));
      if (!known) throw notFound('USER_NOT_FOUND', 'there is no such account');
      return { user: wireUser(known.account) };
    },

    async verifyCredentials(request) {
      const known = await findByEmail(pool, request.email);
      const fits = await hasher.verify(request.password, known?.passwordHash);
      if (!known || !fits) throw unauthenticated('BAD_CREDENTIALS', 'e-mail or password is wrong');
      return { user: wireUser(known.account) };
    },

    async createSession(request) {
      const { token, hash } = newRefreshToken();
      const id = newId();
      const userId = uuidOf(request.userId, 'user_id');
      const userAgent = request.userAgent.slice(0, 300);
      const endMs = await openSession(pool, { id, userId, userAgent, tokenHash: hash, ttlMs: sessionTtlMs });
      if (endMs === undefined) throw notFound('USER_NOT_FOUND', 'there is no such account');
      return { sessionId: id, refreshToken: token, expireTime: toTimestamp(endMs) };
    },

    async rotateSession(request, ctx) {
      const { token, hash } = newRefreshToken();
      const rotation = await rotateToken(pool, hashRefreshToken(request.refreshToken), hash, sessionTtlMs);
      switch (rotation.outcome) {
        case 'rotated': {
          const known = await findById(pool, rotation.userId);
          if (!known) throw unauthenticated('TOKEN_INVALID', 'the session is over, sign in again');
          return {
            sessionId: rotation.sessionId,
            refreshToken: token,
            expireTime: toTimestamp(rotation.endMs),
            user: wireUser(known.account),
          };
        }
        case 'reused':
          ctx.log.warn(
            { session_id: rotation.sessionId, user_id: rotation.userId },
            'a spent refresh token was used again, the session was ended',
          );
          throw unauthenticated('TOKEN_REUSED', 'this token was used before; the session was ended, sign in again');
        case 'expired':
        case 'revoked':
        case 'unknown':
          throw unauthenticated('TOKEN_INVALID', 'the session is over, sign in again');
        default:
          return rotation satisfies never;
      }
    },

    async revokeSession(request) {
      if (request.refreshToken !== '') await revokeByToken(pool, hashRefreshToken(request.refreshToken));
      else await revokeById(pool, uuidOf(request.sessionId, 'session_id'), uuidOf(request.userId, 'user_id'));
      return {};
    },

    async revokeAllSessions(request) {
      return { revokedCount: await revokeAll(pool, uuidOf(request.userId, 'user_id')) };
    },
  };
}

function wireUser(account: Account): User {
  return {
    id: account.id,
    email: account.email,
    fullName: account.fullName,
    roles: account.roles.map((role) => `ROLE_${role.toUpperCase() as Uppercase<RoleName>}` as const),
    createTime: toTimestamp(account.createMs),
  };
}

function emailOf(text: string): string {
  const email = text.trim();
  // Whether an address works shows when mail arrives; here only what can never be one is refused.
  if (email.length > 254 || !/^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*$/u.test(email)) {
    throw invalidArgument('INVALID_EMAIL', 'this is not an e-mail address', { details: { field: 'email' } });
  }
  return email;
}

function passwordOf(text: string): string {
  const length = [...text].length;
  if (length < 8 || length > 200) {
    throw invalidArgument('INVALID_PASSWORD', 'a password has 8 to 200 characters', { details: { field: 'password' } });
  }
  return text;
}

function fullNameOf(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 200) {
    throw invalidArgument('INVALID_NAME', 'a name has 1 to 200 characters', { details: { field: 'full_name' } });
  }
  return name;
}

function rolesOf(wire: readonly string[]): RoleName[] {
  if (wire.length === 0) return ['buyer'];
  return [...new Set(wire)].map((name) => {
    const role = ROLES.find((known) => `ROLE_${known.toUpperCase()}` === name);
    if (role === undefined) throw invalidArgument('INVALID_ROLE', `${name} is not a role`);
    return role;
  });
}

function uuidOf(text: string, field: string): string {
  if (!isUuid(text)) throw invalidArgument('INVALID_ID', `${field} is not a UUID`, { details: { field } });
  return text;
}
