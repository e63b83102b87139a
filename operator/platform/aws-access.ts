import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { type AwsAccess, type AwsClients, createAwsClients } from '../external/aws-clients.ts';
import { shortHash } from '../external/canonical-json.ts';
import type { Children } from './children.ts';

/**
 * AWS clients: one set for all platforms with the same endpoint, region and keys. A set is sixteen clients, each with connections
 * of its own and a search for its settings before the first call.
 */
export class AwsClientCache {
  readonly #sets = new Map<string, { readonly clients: AwsClients; readonly users: Set<string> }>();
  readonly #setOf = new Map<string, string>();

  of(platformUid: string, access: AwsAccess): AwsClients {
    const id = shortHash(access);
    if (this.#setOf.get(platformUid) !== id) this.forget(platformUid);
    const set = this.#sets.get(id) ?? { clients: createAwsClients(access), users: new Set() };
    set.users.add(platformUid);
    this.#sets.set(id, set);
    this.#setOf.set(platformUid, id);
    return set.clients;
  }

  /** Closes what no other platform uses. */
  forget(platformUid: string): void {
    const id = this.#setOf.get(platformUid) ?? '';
    const set = this.#sets.get(id);
    this.#setOf.delete(platformUid);
    set?.users.delete(platformUid);
    if (set?.users.size !== 0) return;
    set.clients.destroy();
    this.#sets.delete(id);
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
