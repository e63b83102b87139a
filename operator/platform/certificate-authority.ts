/** Certificates of a platform's own authority: what X.509 needs, and no decisions. */
import 'reflect-metadata'; // Before @peculiar/x509, which needs it.
import { X509Certificate as Certificate, createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** Clocks of nodes differ. */
const BACKDATED_MS = 300_000;

// The library's types are the browser's; Node's WebCrypto is the same thing.
const { subtle } = webcrypto;
cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export async function makeAuthority(name: string, nowMs: number, days: number): Promise<KeyPair> {
  const keys = await subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(nowMs, days),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: CURVE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

/** A certificate with which `name` both serves under `dnsNames` and calls. */
export async function issueCertificate(
  authority: KeyPair,
  name: string,
  dnsNames: readonly string[],
  nowMs: number,
  days: number,
): Promise<KeyPair> {
  const keys = await subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const issuer = new X509Certificate(authority.cert);
  const certificate = await X509CertificateGenerator.create({
    ...validity(nowMs, days),
    subject: `CN=${name}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKey(createPrivateKey(authority.key)),
    signingAlgorithm: CURVE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns' as const, value }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  });
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

export interface CertificateFacts {
  readonly notBefore: number;
  readonly notAfter: number;
  readonly name: string;
  readonly dnsNames: readonly string[];
}

/** Undefined for what is no certificate. */
export function readCertificate(pem: string | undefined): CertificateFacts | undefined {
  const certificate = parsed(pem);
  if (certificate === undefined) return undefined;
  return {
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    name: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
    dnsNames: (certificate.subjectAltName ?? '')
      .split(', ')
      .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : [])),
  };
}

/** Whether one certificate was signed by the key of another. */
export function isSignedBy(pem: string, authority: string): boolean {
  const [certificate, issuer] = [parsed(pem), parsed(authority)];
  return certificate !== undefined && issuer !== undefined && certificate.verify(issuer.publicKey);
}

/** Whether key and certificate belong together. */
export function belongTogether({ cert, key }: KeyPair): boolean {
  const certificate = parsed(cert);
  try {
    return certificate?.checkPrivateKey(createPrivateKey(key)) ?? false;
  } catch {
    return false;
  }
}

/** The certificates of a bundle, one PEM text each. */
export function splitBundle(bundle: string | undefined): string[] {
  return bundle?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function parsed(pem: string | undefined): Certificate | undefined {
  if (pem === undefined) return undefined;
  try {
    return new Certificate(pem);
  } catch {
    return undefined;
  }
}

function validity(nowMs: number, days: number) {
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

async function signingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return await subtle.importKey('pkcs8', der, CURVE, false, ['sign']);
}
