import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { isMarked, NEW_SIGNING_KEYS } from '../../api/platform-marks.ts';
import { isAlreadyExists } from '../../kube/api-error.ts';
import { CONFIG_MAP, DEPLOYMENT, PLATFORM, SECRET } from '../../kube/resource.ts';
import { databaseFunctions } from '../cloud.ts';
import { PROVIDER_KEYS } from '../environment.ts';
import { caBundleName, childMeta, databaseSecretName, signingKeysName } from '../names.ts';
import { applyChild, type Pass } from '../pass.ts';
import { SIGNING_KEY_NAMES, signingKeys } from './signing-keys.ts';

/** A Secret that the spec names, and the keys that must be in it. */
export interface RequiredSecret {
  readonly name: string;
  readonly keys: readonly string[];
  /** The field of the spec that names it. */
  readonly field: string;
  /** Another way out than making it. */
  readonly instead?: string;
}

export function requiredSecrets(platform: TicketBottlePlatform): RequiredSecret[] {
  const { spec } = platform;
  const { postgres, redis, kafka, temporal, aws, payments } = spec;
  const found: (RequiredSecret | undefined)[] = [
    {
      name: postgres.credentialsSecretRef.name,
      keys: ['username', 'password'],
      field: 'spec.postgres.credentialsSecretRef',
    },
    redis.authSecretRef && { name: redis.authSecretRef.name, keys: ['token'], field: 'spec.redis.authSecretRef' },
    kafka.sasl && {
      name: kafka.sasl.credentialsSecretRef.name,
      keys: ['username', 'password'],
      field: 'spec.kafka.sasl.credentialsSecretRef',
    },
    aws.credentialsSecretRef && {
      name: aws.credentialsSecretRef.name,
      keys: ['access-key-id', 'secret-access-key'],
      field: 'spec.aws.credentialsSecretRef',
    },
    ...payments.providers.map(({ name, credentialsSecretRef }) => ({
      name: credentialsSecretRef.name,
      keys: Object.values(PROVIDER_KEYS[name]),
      field: `spec.payments.providers[${name}].credentialsSecretRef`,
    })),
    ...Object.entries({ postgres, redis, kafka, temporal }).map(
      ([store, { tls }]) =>
        tls?.caSecretRef && { name: tls.caSecretRef.name, keys: ['ca.crt'], field: `spec.${store}.tls.caSecretRef` },
    ),
    paymentDatabase(platform),
  ];
  return found.filter((one) => one !== undefined);
}

/** Functions work on payment's database; where that is not made here, only its owner can say where it is. */
function paymentDatabase(platform: TicketBottlePlatform): RequiredSecret | undefined {
  const users = databaseFunctions(platform);
  if (platform.spec.services.payment.managed || users.length === 0) return undefined;
  return {
    name: databaseSecretName(platform, 'payment'),
    keys: ['DATABASE_URL'],
    field: 'spec.services.payment.managed is false',
    instead: `or set managed: false on ${users.map((name) => `spec.lambda.functions.${name}`).join(', ')}`,
  };
}

/** What is missing, in words that say what to do; undefined when nothing is. */
export function missingFrom(
  required: RequiredSecret,
  namespace: string,
  data: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const { name, keys, field, instead } = required;
  const otherwise = instead === undefined ? '' : `, ${instead}`;
  if (data === undefined)
    return `Secret ${namespace}/${name} (${field}) does not exist: create it with the keys ${keys.join(', ')}${otherwise}`;
  const missing = keys.filter((key) => (data[key] ?? '') === '');
  if (missing.length === 0) return undefined;
  return `Secret ${namespace}/${name} (${field}) lacks ${missing.join(', ')}: kubectl edit secret -n ${namespace} ${name}${otherwise}`;
}

/** Names of Secrets that are complete, the signing keys among them. */
export interface SecretsFound {
  readonly complete: ReadonlySet<string>;
  /** The certificates that pods must trust beside the usual ones, PEM; undefined when there are none. */
  readonly caBundle: string | undefined;
}

export async function lookAfterSecrets(pass: Pass): Promise<SecretsFound> {
  const { platform, children, report, observeOnly } = pass;
  const { namespace } = platform.metadata;
  const problems: string[] = [];
  const complete = new Set<string>();
  for (const required of requiredSecrets(platform)) {
    const problem = missingFrom(required, namespace, children.secretData(namespace, required.name));
    if (problem === undefined) complete.add(required.name);
    else problems.push(problem);
  }

  const keysName = signingKeysName(platform);
  const keys = children.secretData(namespace, keysName);
  const signing: RequiredSecret = { name: keysName, keys: SIGNING_KEY_NAMES, field: 'made by the operator' };
  if (keys === undefined && (await areGone(pass))) problems.push(goneKeys(platform));
  else if (keys === undefined && !observeOnly) await createSigningKeys(pass);
  else if (keys === undefined)
    report.plan.push({ target: `Secret ${keysName}`, action: 'create', reason: 'does not exist' });
  else {
    const problem = missingFrom(signing, namespace, keys);
    if (problem !== undefined)
      problems.push(`${problem}; or restore it from a backup: sold tickets are checked with it`);
  }
  // Once the store shows them: pods made before would have to be made again for the values they refer to.
  if (keys !== undefined) complete.add(keysName);

  const caBundle = await applyCaBundle(pass);
  if (problems.length === 0)
    report.say('SecretsReady', 'True', 'AsSpecified', 'Every Secret that the spec names is complete');
  else report.say('SecretsReady', 'False', 'SecretMissing', problems.join('. '));
  return { complete, caBundle };
}

async function createSigningKeys({ platform, children, ctx }: Pass): Promise<void> {
  try {
    await children.create(SECRET, await signingKeys(platform), ctx.signal);
  } catch (error) {
    // Ours from an earlier pass, or kept from an earlier life of this platform: either way it stays.
    if (!isAlreadyExists(error)) throw error;
  }
  if (!isMarked(platform, NEW_SIGNING_KEYS)) return;
  const { namespace, name } = platform.metadata;
  const spent = { metadata: { annotations: { [NEW_SIGNING_KEYS]: null } } };
  await children.client.mergePatch(PLATFORM, namespace, name, spent, { signal: ctx.signal });
}

/**
 * No Deployment is made without keys, so where one is they were there, and somebody deleted them. Pods that run still have
 * them; new ones would be rolled out to all of them, and the door would know no ticket that was sold.
 */
async function areGone({ platform, children, ctx }: Pass): Promise<boolean> {
  const { namespace, name } = platform.metadata;
  if (isMarked(platform, NEW_SIGNING_KEYS) || children.list(DEPLOYMENT, namespace, name).length === 0) return false;
  return (await children.read(SECRET, namespace, signingKeysName(platform), ctx.signal)) === undefined;
}

function goneKeys(platform: Pass['platform']): string {
  const { namespace, name } = platform.metadata;
  return `Secret ${namespace}/${signingKeysName(platform)} is gone, and sold tickets are checked with it: restore it from a backup (docs/runbooks/restore.md). Running pods still have it in their environment; nothing is rolled out meanwhile. To begin with new keys, which makes every sold ticket void: kubectl annotate tbp -n ${namespace} ${name} ${NEW_SIGNING_KEYS}=true`;
}

/** ConfigMap `P-ca`: the certificates of all stores in one file, because Node takes one. */
async function applyCaBundle(pass: Pass): Promise<string | undefined> {
  const { platform, children } = pass;
  const { postgres, redis, kafka, temporal } = platform.spec;
  const names = [postgres, redis, kafka, temporal].flatMap(({ tls }) => tls?.caSecretRef?.name ?? []);
  const certificates = [...new Set(names)].flatMap((name) => {
    const encoded = children.secretData(platform.metadata.namespace, name)?.['ca.crt'];
    return encoded === undefined ? [] : [Buffer.from(encoded, 'base64').toString('utf8').trim()];
  });
  if (certificates.length === 0) return undefined;
  const pem = `${certificates.join('\n')}\n`;
  const bundle = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: childMeta(platform, caBundleName(platform), 'ca'),
    data: { 'ca.crt': pem },
  };
  await applyChild(pass, CONFIG_MAP, bundle, 'SecretsReady');
  return pem;
}
