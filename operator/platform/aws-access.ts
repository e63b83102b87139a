import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { type AwsAccess, type AwsClients, createAwsClients } from '../external/aws-clients.ts';
import { shortHash } from '../external/canonical-json.ts';
import type { Children } from './children.ts';

/** One set of AWS clients per platform, made anew when its endpoint, region or keys change. */
export class AwsClientCache {
  readonly #clients = new Map<string, { readonly of: string; readonly clients: AwsClients }>();

  of(platformUid: string, access: AwsAccess): AwsClients {
    const of = shortHash(access);
    const known = this.#clients.get(platformUid);
    if (known?.of === of) return known.clients;
    known?.clients.destroy();
    const clients = createAwsClients(access);
    this.#clients.set(platformUid, { of, clients });
    return clients;
  }

  forget(platformUid: string): void {
    this.#clients.get(platformUid)?.clients.destroy();
    this.#clients.delete(platformUid);
  }
}

/** How a platform reaches AWS; undefined while the Secret with its keys is not complete. */
export function awsAccess(platform: TicketBottlePlatform, children: Children): AwsAccess | undefined {
  const { region, endpoint, credentialsSecretRef } = platform.spec.aws;
  if (credentialsSecretRef === undefined) return { region, endpoint };
  const data = children.secretData(platform.metadata.namespace, credentialsSecretRef.name);
  const accessKeyId = decode(data?.['access-key-id']);
  const secretAccessKey = decode(data?.['secret-access-key']);
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
}

/** A value of a Secret as text; '' when it is not there. Trailing newlines come from files and are never meant. */
export function decode(encoded: string | undefined): string {
  return Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .replace(/\n+$/, '');
}
