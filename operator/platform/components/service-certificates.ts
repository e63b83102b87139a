import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { isAlreadyExists } from '../../kube/api-error.ts';
import { type KubeObject, SECRET } from '../../kube/resource.ts';
import {
  belongTogether,
  issueCertificate,
  type KeyPair,
  makeAuthority,
  readCertificate,
} from '../certificate-authority.ts';
import { childMeta, MANAGED_BY } from '../names.ts';
import { applyChild, type Pass } from '../pass.ts';
import {
  AUTHORITY_DAYS,
  authoritySecretName,
  bundleOf,
  CERTIFICATE_DAYS,
  decide,
  dnsNamesOf,
  type Held,
  HOLDERS,
  type Holder,
  tlsSecretName,
} from '../service-tls.ts';

const BUNDLE_SINCE = 'ticketbottle.io/trusts-since';
const SHORTEST_LOOK_MS = 1_000;

type TlsSecret = KubeObject & { data?: Record<string, string> };

/**
 * Secrets `P-service-ca` and `P-X-tls` while spec.serviceTls asks for them. Returns the names of the ones that are there. A
 * Secret of the name that somebody else keeps (cert-manager, for instance) is used as it is.
 */
export async function lookAfterServiceCertificates(pass: Pass, nowMs: number): Promise<ReadonlySet<string>> {
  const { platform, children, observeOnly, report } = pass;
  if (!platform.spec.serviceTls.enabled) return new Set();
  const { namespace } = platform.metadata;
  const secretOf = (holder: Holder) => children.get<TlsSecret>(SECRET, namespace, tlsSecretName(platform, holder));
  const complete = new Set(
    HOLDERS.filter((holder) => secretOf(holder)?.data?.['tls.crt'] !== undefined).map((holder) =>
      tlsSecretName(platform, holder),
    ),
  );
  const ours = HOLDERS.filter((holder) => {
    const secret = secretOf(holder);
    return secret === undefined || isOurs(secret);
  });
  if (ours.length === 0) return complete;
  if (observeOnly) {
    for (const holder of ours.filter((one) => secretOf(one) === undefined))
      report.plan.push({
        target: `Secret ${tlsSecretName(platform, holder)}`,
        action: 'create',
        reason: 'does not exist',
      });
    return complete;
  }

  const authority = await authorityOf(pass, nowMs);
  if (authority === undefined) return complete;
  const held = new Map<Holder, Held>();
  for (const holder of ours) {
    const one = heldIn(secretOf(holder));
    if (one !== undefined) held.set(holder, one);
  }
  const bundle = bundleOf(authority, [...held.values()], nowMs);
  const everybodyTrustsSince = Math.max(0, ...[...held.values()].map(({ bundleSince }) => bundleSince));
  for (const holder of ours) {
    const before = held.get(holder);
    const dnsNames = dnsNamesOf(platform, holder);
    const decision = decide(authority, bundle, before, dnsNames, everybodyTrustsSince, nowMs);
    if (decision.kind === 'keep') {
      report.comeBackIn(Math.max(SHORTEST_LOOK_MS, decision.lookAgainMs));
      continue;
    }
    const renew = decision.kind === 'issue' || before === undefined;
    const pair = renew ? await issueCertificate(authority, holder, dnsNames, nowMs, CERTIFICATE_DAYS) : before.pair;
    const since = before?.bundle === decision.bundle ? before.bundleSince : nowMs;
    const secret = tlsSecret(platform, holder, { pair, bundle: decision.bundle, bundleSince: since });
    await applyChild(pass, SECRET, secret, 'SecretsReady');
    complete.add(tlsSecretName(platform, holder));
    if (decision.kind === 'issue' && before !== undefined)
      report.events.push({
        type: 'Normal',
        reason: 'CertificateRenewed',
        note: `certificate of ${holder}: ${decision.why}`,
      });
    report.comeBackIn(SHORTEST_LOOK_MS);
  }
  return complete;
}

/**
 * The authority of this platform; made when there is none that can sign, or when ours is two thirds through its life. One that
 * somebody else keeps is theirs to renew.
 */
async function authorityOf(pass: Pass, nowMs: number): Promise<KeyPair | undefined> {
  const { platform, children, report } = pass;
  const name = authoritySecretName(platform);
  const stored = children.get<TlsSecret>(SECRET, platform.metadata.namespace, name);
  const known = pairIn(stored);
  const facts = readCertificate(known?.cert);
  const theirs = stored !== undefined && !isOurs(stored);
  if (known !== undefined && facts !== undefined && belongTogether(known)) {
    const lifeMs = facts.notAfter - facts.notBefore;
    if (nowMs < facts.notBefore + (theirs ? lifeMs : (lifeMs * 2) / 3)) return known;
  }
  if (theirs) {
    sayUnusable(pass, name);
    return undefined;
  }
  const made = await makeAuthority(`${platform.metadata.namespace}/${platform.metadata.name}`, nowMs, AUTHORITY_DAYS);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: childMeta(platform, name, 'service-ca'),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encoded(made.cert), 'tls.key': encoded(made.key) },
  } as KubeObject;
  if (stored !== undefined) {
    await applyChild(pass, SECRET, secret, 'SecretsReady');
    return made;
  }
  try {
    await children.create(SECRET, secret, pass.ctx.signal);
    return made;
  } catch (error) {
    // Made by a pass just before this one, which the store does not show yet.
    if (!isAlreadyExists(error)) throw error;
    report.comeBackIn(SHORTEST_LOOK_MS);
    return undefined;
  }
}

/** Beside what lookAfterSecrets has found missing. */
function sayUnusable({ platform, report }: Pass, name: string): void {
  const { namespace } = platform.metadata;
  const known = report.conditions.get('SecretsReady');
  const problem = `Secret ${namespace}/${name} was not made by the operator, and service certificates cannot be signed with it: it needs tls.crt and tls.key of an authority that has not expired. Mend it, or have the operator make one: kubectl delete secret -n ${namespace} ${name}`;
  const message = known?.status === 'False' ? `${known.message}. ${problem}` : problem;
  report.say('SecretsReady', 'False', 'SecretMissing', message);
}

const isOurs = ({ metadata }: TlsSecret): boolean => metadata.labels?.['app.kubernetes.io/managed-by'] === MANAGED_BY;

function tlsSecret(platform: TicketBottlePlatform, holder: Holder, { pair, bundle, bundleSince }: Held): KubeObject {
  const meta = childMeta(platform, tlsSecretName(platform, holder), holder);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...meta, annotations: { [BUNDLE_SINCE]: new Date(bundleSince).toISOString() } },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encoded(pair.cert), 'tls.key': encoded(pair.key), 'ca.crt': encoded(bundle) },
  } as KubeObject;
}

function heldIn(secret: TlsSecret | undefined): Held | undefined {
  const pair = pairIn(secret);
  const bundle = textIn(secret, 'ca.crt');
  if (pair === undefined || bundle === undefined) return undefined;
  const since = Date.parse(secret?.metadata.annotations?.[BUNDLE_SINCE] ?? '');
  return { pair, bundle, bundleSince: Number.isNaN(since) ? 0 : since };
}

function pairIn(secret: TlsSecret | undefined): KeyPair | undefined {
  const [cert, key] = [textIn(secret, 'tls.crt'), textIn(secret, 'tls.key')];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

function textIn(secret: TlsSecret | undefined, key: string): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}
