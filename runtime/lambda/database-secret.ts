import type { SecretCache } from './secret-cache.ts';

/** The URL of a database from its secret `{"url": ...}`. Throws when there is none. */
export async function databaseUrl(secrets: SecretCache, secretId: string): Promise<string> {
  const { url } = await secrets.read(secretId);
  if (url === undefined || url === '') throw new Error(`secret ${secretId} has no "url"`);
  return url;
}
