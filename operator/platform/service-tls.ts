/**
 * What to do about the certificates of a platform's services, as decisions: who holds which, when they are renewed, and how
 * another authority takes over without a call that fails.
 */
import { SERVICES, type ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { callersOf, OPERATOR_CALLS } from './call-graph.ts';
import { belongTogether, isSignedBy, type KeyPair, readCertificate, splitBundle } from './certificate-authority.ts';
import { serviceObject } from './names.ts';

export const AUTHORITY_DAYS = 3_650;
export const CERTIFICATE_DAYS = 90;
/** Until a changed Secret has reached every mounted file and every process has read it: a kubelet's minute and a half, tripled. */
export const SPREADING_MS = 300_000;
const RENEW_AT = 2 / 3;

/** Everybody with a certificate: the services that are called or call, and the operator, which prepares sales. */
export type Holder = ServiceName | 'operator';
export const HOLDERS: readonly Holder[] = [...SERVICES, 'operator'];

export const authoritySecretName = (platform: Pick<TicketBottlePlatform, 'metadata'>): string =>
  `${platform.metadata.name}-service-ca`;
export const tlsSecretName = (platform: Pick<TicketBottlePlatform, 'metadata'>, holder: Holder): string =>
  `${platform.metadata.name}-${holder}-tls`;

/** Common names of certificates that may call a service; nobody else's key opens that edge. */
export function callerNames(service: ServiceName): string[] {
  return [...callersOf(service), ...(OPERATOR_CALLS.includes(service) ? ['operator'] : [])];
}

export function dnsNamesOf(platform: TicketBottlePlatform, holder: Holder): string[] {
  if (holder === 'operator') return ['operator'];
  const { namespace } = platform.metadata;
  const name = serviceObject(platform, holder);
  return [`${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}.svc`];
}

/** A Secret of a holder as it stands. */
export interface Held {
  readonly pair: KeyPair;
  readonly bundle: string;
  /** Since when the Secret has this bundle, ms. */
  readonly bundleSince: number;
}

export type Decision =
  | { readonly kind: 'keep'; readonly lookAgainMs: number }
  /** The certificate stays; what it trusts changes first. */
  | { readonly kind: 'trust'; readonly bundle: string }
  | { readonly kind: 'issue'; readonly bundle: string; readonly why: string };

/**
 * One holder's Secret. Trust goes ahead of certificates: a new authority is in every bundle for `SPREADING_MS` before anybody
 * shows one of its certificates, so that at no moment somebody meets a certificate that it does not know.
 */
export function decide(
  authority: KeyPair,
  bundle: string,
  held: Held | undefined,
  dnsNames: readonly string[],
  everybodyTrustsSince: number,
  nowMs: number,
): Decision {
  if (held === undefined) return { kind: 'issue', bundle, why: 'there is none' };
  const facts = readCertificate(held.pair.cert);
  if (facts === undefined || !belongTogether(held.pair)) return { kind: 'issue', bundle, why: 'it cannot be read' };
  if (held.bundle !== bundle) return { kind: 'trust', bundle };
  const renewAt = facts.notBefore + (facts.notAfter - facts.notBefore) * RENEW_AT;
  const why = !isSignedBy(held.pair.cert, authority.cert)
    ? 'its authority changed'
    : dnsNames.some((name) => !facts.dnsNames.includes(name))
      ? 'its names changed'
      : nowMs >= renewAt
        ? 'it is two thirds through its life'
        : undefined;
  if (why === undefined) return { kind: 'keep', lookAgainMs: renewAt - nowMs };
  const spread = everybodyTrustsSince + SPREADING_MS;
  if (nowMs < spread) return { kind: 'keep', lookAgainMs: spread - nowMs };
  return { kind: 'issue', bundle, why };
}

/**
 * Whom to trust: the authority, and every earlier one that somebody still shows a certificate of or may have shown a moment
 * ago. An earlier one is found in the Secrets that trusted it, so it is remembered even when its own Secret is gone.
 */
export function bundleOf(authority: KeyPair, held: readonly Held[], nowMs: number): string {
  const current = authority.cert.trim();
  const known = new Set(held.flatMap(({ bundle }) => splitBundle(bundle)));
  const earlier = [...known].filter((one) => {
    if (one === current || (readCertificate(one)?.notAfter ?? 0) <= nowMs) return false;
    return held.some(({ pair }) => {
      const issuedLately = (readCertificate(pair.cert)?.notBefore ?? 0) > nowMs - 2 * SPREADING_MS;
      return isSignedBy(pair.cert, one) || issuedLately;
    });
  });
  return `${[current, ...earlier.toSorted()].join('\n')}\n`;
}
