import type { User } from '#proto/gen/ticketbottle/user/v1/User.ts';
import type { UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { alreadyExists, invalidArgument, notFound, unauthenticated } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { isUuid, newId } from '#runtime/ids.ts';
import type { Logger } from '#runtime/log.ts';
import { type Pool, withTransaction } from '#runtime/pg.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import type { PasswordHasher } from './password-hash.ts';
import { hashRefreshToken, newRefreshToken } from './refresh-token.ts';
import type { SendResetMail } from './reset-mail.ts';
import {
  type Account,
  findByEmail,
  findById,
  insertAccount,
  ROLES,
  type RoleName,
  replaceRoles,
} from './sql/accounts.ts';
import { changePassword, findReset, insertReset, resetPassword } from './sql/passwords.ts';
import { listSessions, openSession, revokeAll, revokeById, revokeByToken, rotateToken } from './sql/sessions.ts';

export interface HandlerDeps {
  readonly pool: Pool;
  readonly hasher: PasswordHasher;
  readonly sessionTtlMs: number;
  /** Undefined where no mail can be sent: asking for a reset is answered the same, and logged. */
  readonly sendResetMail?: SendResetMail | undefined;
}

/** How long the token in a mail is good. */
export const RESET_TTL_MS = 30 * 60_000;

export function userHandlers(deps: HandlerDeps): ImplementationOf<UserServiceHandlers> {
  const { pool, hasher, sessionTtlMs, sendResetMail } = deps;

  async function mailReset(email: string, log: Logger): Promise<void> {
    const known = await findByEmail(pool, email);
    if (!known) return;
    if (sendResetMail === undefined) return log.error('a password reset was asked for, and MAIL_FROM is not set');
    const { token, hash } = newRefreshToken();
    const { id, email: to, fullName } = known.account;
    if (await insertReset(pool, { userId: id, tokenHash: hash, ttlMs: RESET_TTL_MS })) {
      await sendResetMail({ to, fullName, token });
    }
  }

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
      if (!known || !fits) throw badCredentials();
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
          throw unauthenticated('TOKEN_REUSED', 'this token was used before; the session was ended, sign in again', {
            details: { sessionId: rotation.sessionId },
          });
        case 'expired':
        case 'revoked':
        case 'unknown':
          throw unauthenticated('TOKEN_INVALID', 'the session is over, sign in again');
        default:
          return rotation satisfies never;
      }
    },

    async revokeSession(request) {
      const revoked =
        request.refreshToken !== ''
          ? await revokeByToken(pool, hashRefreshToken(request.refreshToken))
          : await revokeById(pool, uuidOf(request.sessionId, 'session_id'), uuidOf(request.userId, 'user_id'));
      return { revoked };
    },

    async revokeAllSessions(request) {
      const sessionIds = await revokeAll(pool, uuidOf(request.userId, 'user_id'));
      return { revokedCount: sessionIds.length, sessionIds };
    },

    async listSessions(request) {
      const sessions = await listSessions(pool, uuidOf(request.userId, 'user_id'));
      return {
        sessions: sessions.map(({ id, userAgent, createMs, lastUseMs, endMs }) => ({
          id,
          userAgent,
          createTime: toTimestamp(createMs),
          lastUseTime: toTimestamp(lastUseMs),
          expireTime: toTimestamp(endMs),
        })),
      };
    },

    async changePassword(request) {
      const userId = uuidOf(request.userId, 'user_id');
      const keepSessionId = request.sessionId === '' ? undefined : uuidOf(request.sessionId, 'session_id');
      const wanted = passwordOf(request.newPassword);
      const known = await findById(pool, userId);
      if (!(await hasher.verify(request.currentPassword, known?.passwordHash)) || !known) throw badCredentials();
      const passwordHash = await hasher.hash(wanted);
      const checkedHash = known.passwordHash;
      const sessionIds = await changePassword(pool, { userId, checkedHash, passwordHash, keepSessionId });
      if (sessionIds === undefined) throw badCredentials();
      return { sessionIds };
    },

    async requestPasswordReset(request, ctx) {
      // Not waited for: how long the answer takes must not tell whether there is such an account.
      void mailReset(request.email, ctx.log).catch((error: unknown) =>
        ctx.log.error({ err: error }, 'a mail to reset a password could not be sent'),
      );
      return {};
    },

    async confirmPasswordReset(request) {
      const wanted = passwordOf(request.newPassword);
      const tokenHash = hashRefreshToken(request.token);
      const found = await findReset(pool, tokenHash);
      const done = found && (await resetPassword(pool, tokenHash, await hasher.hash(wanted)));
      if (!done) throw unauthenticated('TOKEN_INVALID', 'this link was used or is too old; ask for another one');
      return done;
    },

    async setRoles(request) {
      const userId = uuidOf(request.userId, 'user_id');
      const roles = rolesOf(request.roles);
      const sessionIds = await withTransaction(pool, async (tx) => {
        const changed = await replaceRoles(tx, userId, roles);
        if (changed === undefined) throw notFound('USER_NOT_FOUND', 'there is no such account');
        return changed ? await revokeAll(tx, userId, 'roles_changed') : [];
      });
      const known = await findById(pool, userId);
      if (!known) throw notFound('USER_NOT_FOUND', 'there is no such account');
      return { user: wireUser(known.account), sessionIds };
    },
  };
}

function badCredentials() {
  return unauthenticated('BAD_CREDENTIALS', 'e-mail or password is wrong');
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
  if (email.length > 254 || email.includes('\0') || !/^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*$/u.test(email)) {
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
  if (name === '' || name.length > 200 || name.includes('\0')) {
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
