import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { TOKEN } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { permissionDenied, unauthenticated } from '#runtime/errors.ts';
import {
  createJwtVerifier,
  importSigningKey,
  type JSONWebKeySet,
  type JWK,
  type SigningKey,
  signJwt,
} from '#runtime/tokens.ts';

export type RoleName = 'buyer' | 'organiser' | 'door' | 'admin';

/** Who asks, as the access token says. */
export interface Caller {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly sessionId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook of `signedIn`. */
    caller: Caller | undefined;
  }
}

export interface Access {
  /** A fresh access token. */
  issue(caller: Caller): Promise<{ readonly accessToken: string; readonly expiresIn: number }>;
  /** Route hook: only with a valid access token, in the header or (for EventSource, which cannot set one) in the query. */
  readonly signedIn: Hook;
  readonly signedInOrQuery: Hook;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** About 15 MB of tokens and claims. */
const MAX_VERIFIED = 10_000;

export async function createAccess(options: {
  readonly privateJwk: JWK;
  readonly jwks: JSONWebKeySet;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Whether a session has ended although tokens of it still live. */
  readonly hasEnded?: (sessionId: string) => boolean;
}): Promise<Access> {
  const { clock, ttlMs } = options;
  const key: SigningKey = await importSigningKey(options.privateJwk);
  const verify = createJwtVerifier({
    jwks: options.jwks,
    clock,
    issuer: TOKEN.issuer,
    audience: TOKEN.accessAudience,
  });

  /**
   * Callers whose token was verified not long ago: a buyer sends the same one again and again, and a signature costs more than all
   * else of a request. The oldest go first. A token is in here under all of its text, so only the very same one is found.
   */
  const verified = new Map<string, { readonly caller: Caller; readonly endMs: number }>();

  async function verifiedCaller(token: string): Promise<Caller> {
    const { sub, roles, sid, exp } = await verify(token);
    const caller = {
      userId: sub,
      roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
      sessionId: typeof sid === 'string' ? sid : '',
    };
    verified.set(token, { caller, endMs: (exp ?? 0) * 1000 });
    const oldest = verified.keys().next();
    if (verified.size > MAX_VERIFIED && !oldest.done) verified.delete(oldest.value);
    return caller;
  }

  function admit(request: FastifyRequest, caller: Caller): undefined | Error {
    if (options.hasEnded?.(caller.sessionId))
      return unauthenticated('SESSION_ENDED', 'this session was ended, sign in again');
    request.caller = caller;
    return undefined;
  }

  /** Without a promise for a token that is known: that is nearly every request. */
  function signIn(request: FastifyRequest, token: string | undefined, done: HookHandlerDoneFunction): void {
    if (token === undefined) return void done(unauthenticated('TOKEN_MISSING', 'sign in first'));
    const known = verified.get(token);
    if (known !== undefined && known.endMs > clock.now()) return void done(admit(request, known.caller));
    verified.delete(token);
    verifiedCaller(token).then(
      (caller) => done(admit(request, caller)),
      (error: Error) => done(error),
    );
  }

  return {
    async issue({ userId, roles, sessionId }) {
      const accessToken = await signJwt({
        key,
        clock,
        issuer: TOKEN.issuer,
        audience: TOKEN.accessAudience,
        subject: userId,
        ttlMs,
        claims: { roles, sid: sessionId },
      });
      return { accessToken, expiresIn: Math.floor(ttlMs / 1000) };
    },
    signedIn: (request, _reply, done) => signIn(request, bearerOf(request), done),
    signedInOrQuery(request, _reply, done) {
      const { access_token: fromQuery } = request.query as { access_token?: string };
      signIn(request, bearerOf(request) ?? fromQuery, done);
    },
  };
}

/** The caller of a route behind `signedIn`. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw unauthenticated('TOKEN_MISSING', 'sign in first');
  return request.caller;
}

/** Route hook, after `signedIn`. */
export function requireRole(...allowed: readonly RoleName[]): Hook {
  return (request, _reply, done) => {
    const may = request.caller?.roles.some((role) => allowed.includes(role as RoleName)) ?? false;
    done(may ? undefined : permissionDenied('ROLE_REQUIRED', `only for ${allowed.join(' or ')}`));
  };
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
}
