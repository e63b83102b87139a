import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';

export interface DesiredSecret {
  readonly name: string;
  readonly value: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ObservedSecret {
  readonly arn: string;
  /** Changes with each new value: functions that carry it in their environment start afresh after a rotation. */
  readonly versionId: string | undefined;
  readonly value: string | undefined;
  readonly scheduledForDeletion: boolean;
}

export type ObservedSecrets = ReadonlyMap<string, ObservedSecret>;

export interface SecretChange extends Change {
  readonly step: 'create' | 'restore' | 'put-value';
  readonly secret: DesiredSecret;
}

/** JSON secrets of Secrets Manager. No value ever appears in a plan line. */
export function createSecrets(
  client: SecretsManagerClient,
): Adapter<readonly DesiredSecret[], ObservedSecrets, SecretChange> {
  const observeOne = async (name: string, abortSignal: AbortSignal): Promise<[string, ObservedSecret][]> => {
    const known = await absent(client.send(new DescribeSecretCommand({ SecretId: name }), { abortSignal }));
    if (known?.ARN === undefined) return [];
    const scheduledForDeletion = known.DeletedDate !== undefined;
    const current = scheduledForDeletion
      ? undefined
      : await absent(client.send(new GetSecretValueCommand({ SecretId: name }), { abortSignal }));
    const { ARN: arn } = known;
    return [[name, { arn, versionId: current?.VersionId, value: current?.SecretString, scheduledForDeletion }]];
  };
  return {
    async observe(desired, signal) {
      return new Map((await Promise.all(desired.map(({ name }) => observeOne(name, signal)))).flat());
    },
    diff: diffSecrets,
    async apply(changes, abortSignal) {
      for (const { step, secret } of changes) {
        const SecretString = canonicalJson(secret.value);
        const Tags = Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value }));
        if (step === 'create')
          await client.send(new CreateSecretCommand({ Name: secret.name, SecretString, Tags }), { abortSignal });
        if (step === 'restore') await client.send(new RestoreSecretCommand({ SecretId: secret.name }), { abortSignal });
        if (step !== 'create')
          await client.send(new PutSecretValueCommand({ SecretId: secret.name, SecretString }), { abortSignal });
      }
    },
    async remove(desired, abortSignal) {
      for (const { name } of desired)
        await absent(
          client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }), { abortSignal }),
          'InvalidRequestException',
        );
    },
  };
}

export function diffSecrets(desired: readonly DesiredSecret[], observed: ObservedSecrets): SecretChange[] {
  return desired.flatMap((secret): SecretChange[] => {
    const target = `secret ${secret.name}`;
    const found = observed.get(secret.name);
    if (found === undefined) return [{ target, action: 'create', step: 'create', reason: 'does not exist', secret }];
    if (found.scheduledForDeletion)
      return [{ target, action: 'update', step: 'restore', reason: 'is scheduled for deletion', secret }];
    if (found.value === canonicalJson(secret.value)) return [];
    return [{ target, action: 'update', step: 'put-value', reason: 'value differs', secret }];
  });
}
