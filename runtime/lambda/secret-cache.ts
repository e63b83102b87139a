import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../clock.ts';

/**
 * Reads JSON secrets and keeps them for `ttlMs`, so that a warm function asks rarely and a rotation is picked up without a
 * new deployment. Throws when the secret is missing or no JSON object; the message names the secret, never its content.
 */
export class SecretCache {
  readonly #client: Pick<SecretsManagerClient, 'send'>;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #entries = new Map<string, { at: number; value: Promise<Record<string, string>> }>();

  constructor(client: Pick<SecretsManagerClient, 'send'>, clock: Clock, ttlMs = 5 * 60_000) {
    this.#client = client;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  async read(id: string): Promise<Record<string, string>> {
    const entry = this.#entries.get(id);
    if (entry !== undefined && this.#clock.now() - entry.at < this.#ttlMs) return await entry.value;
    const value = this.#fetch(id);
    this.#entries.set(id, { at: this.#clock.now(), value });
    // A failed read must not be remembered.
    value.catch(() => this.#entries.delete(id));
    return await value;
  }

  async #fetch(id: string): Promise<Record<string, string>> {
    const answer = await this.#client.send(new GetSecretValueCommand({ SecretId: id }));
    let parsed: unknown;
    try {
      parsed = JSON.parse(answer.SecretString ?? '');
    } catch {
      // Without its cause, which quotes from the secret.
      throw new Error(`secret ${id} is not JSON`);
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new Error(`secret ${id} is not a JSON object`);
    return parsed as Record<string, string>;
  }
}
