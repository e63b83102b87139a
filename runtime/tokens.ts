import {
  type CryptoKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { Clock } from './clock.ts';
import { internal, unauthenticated, unavailable } from './errors.ts';

export type { JSONWebKeySet, JWK } from 'jose';

/** Ed25519 under the JOSE name everybody's libraries know. */
const ALGORITHM = 'EdDSA';

export interface KeyPairJwk {
  readonly kid: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

/** A fresh Ed25519 pair; `kid` is the RFC 7638 thumbprint, so the same key always has the same name. */
export async function generateKeyPairJwk(): Promise<KeyPairJwk> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const bare = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(bare);
  const marks = { kid, alg: ALGORITHM, use: 'sig' };
  return { kid, publicJwk: { ...bare, ...marks }, privateJwk: { ...(await exportJWK(privateKey)), ...marks } };
}

/** The public half of a private JWK, for the key set that is published. */
export function publicHalf(privateJwk: JWK): JWK {
  const { d: _secret, ...rest } = privateJwk;
  return rest;
}

export function jwksOf(...keys: readonly JWK[]): JSONWebKeySet {
  return { keys: keys.map(publicHalf) };
}

export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** Import once at start: it costs more than a signature. Throws INTERNAL BAD_SIGNING_KEY. */
export async function importSigningKey(privateJwk: JWK): Promise<SigningKey> {
  try {
    const key = await importJWK(privateJwk, ALGORITHM);
    if (key instanceof Uint8Array || key.type !== 'private') throw new Error('not a private key');
    return { kid: privateJwk.kid ?? (await calculateJwkThumbprint(publicHalf(privateJwk))), key };
  } catch (cause) {
    throw internal('BAD_SIGNING_KEY', 'the signing key is not an Ed25519 private JWK', { cause });
  }
}

export interface SignOptions {
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly ttlMs: number;
  readonly jwtId?: string;
  /** Valid not before now unless told, ms since the epoch. */
  readonly notBeforeMs?: number;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A compact JWT; times are whole seconds, expiry rounded up so that it is never shorter than asked. */
export async function signJwt(options: SignOptions): Promise<string> {
  const now = options.clock.now();
  const jwt = new SignJWT({ ...options.claims })
    .setProtectedHeader({ alg: ALGORITHM, kid: options.key.kid, typ: 'JWT' })
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setSubject(options.subject)
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.ceil((now + options.ttlMs) / 1000));
  if (options.jwtId !== undefined) jwt.setJti(options.jwtId);
  if (options.notBeforeMs !== undefined) jwt.setNotBefore(Math.floor(options.notBeforeMs / 1000));
  return await jwt.sign(options.key.key);
}

export interface VerifierOptions {
  /** The published keys, or a way to get them; a function is called again when an unknown kid shows up (at most once per 10 s). */
  readonly jwks: JSONWebKeySet | (() => Promise<JSONWebKeySet>);
  readonly clock: Clock;
  readonly issuer: string | string[];
  readonly audience: string;
  readonly clockToleranceMs?: number;
}

/** Checks a token and gives its claims. Throws UNAUTHENTICATED TOKEN_EXPIRED, TOKEN_NOT_YET_VALID or TOKEN_INVALID. */
export type JwtVerifier = (token: string) => Promise<JWTPayload & { readonly sub: string }>;

/**
 * Whether the token is spelt in the one way that a signer spells it. Decoders pass over the unused bits of a part's last
 * character, so that the same signed bytes would have up to 16 spellings, and a list of used tokens would know only one.
 */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

const REFRESH_AT_MOST_EVERY_MS = 10_000;

export function createJwtVerifier(options: VerifierOptions): JwtVerifier {
  const { clock } = options;
  let keys = typeof options.jwks === 'function' ? undefined : createLocalJWKSet(options.jwks);
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const refresh = async (): Promise<boolean> => {
    const { jwks } = options;
    if (typeof jwks !== 'function' || (keys && clock.monotonic() - fetchedAt < REFRESH_AT_MOST_EVERY_MS)) return false;
    fetching ??= jwks()
      .then((set) => {
        keys = createLocalJWKSet(set);
        fetchedAt = clock.monotonic();
      })
      .finally(() => {
        fetching = undefined;
      });
    await fetching;
    return true;
  };

  const verifyOnce = async (token: string) => {
    if (!isCanonical(token)) throw new errors.JWTInvalid('not canonical base64url');
    if (!keys) throw unavailable('KEYS_UNAVAILABLE', 'the verification keys could not be read');
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [ALGORITHM, 'Ed25519'],
      issuer: options.issuer,
      audience: options.audience,
      currentDate: new Date(clock.now()),
      clockTolerance: (options.clockToleranceMs ?? 2000) / 1000,
      requiredClaims: ['exp', 'sub'],
    });
    return payload as JWTPayload & { sub: string };
  };

  return async (token) => {
    try {
      if (!keys) await refresh();
      try {
        return await verifyOnce(token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey && (await refresh())) return await verifyOnce(token);
        throw error;
      }
    } catch (cause) {
      if (cause instanceof errors.JWTExpired)
        throw unauthenticated('TOKEN_EXPIRED', 'the token has expired', { cause });
      if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'nbf') {
        throw unauthenticated('TOKEN_NOT_YET_VALID', 'the token is not valid yet', { cause });
      }
      if (cause instanceof errors.JOSEError || cause instanceof TypeError) {
        throw unauthenticated('TOKEN_INVALID', 'the token is not valid here', { cause });
      }
      throw cause;
    }
  };
}

/** One-off form of `createJwtVerifier`; keep the verifier instead when there is more than one token. */
export function verifyJwt(token: string, options: VerifierOptions): ReturnType<JwtVerifier> {
  return createJwtVerifier(options)(token);
}
