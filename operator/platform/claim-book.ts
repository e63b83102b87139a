import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { KubeClient } from '../kube/client.ts';
import { PLATFORM } from '../kube/resource.ts';
import type { Claims, Origin } from './claims.ts';

/** Owns status.claims and nothing else of the status. */
const FIELD_MANAGER = 'ticketbottle-platform-claims';

/** status.claims of all platforms, with what was written since the informer last looked. */
export class ClaimBook {
  readonly #client: KubeClient;
  readonly #written = new Map<string, Map<string, Origin>>();
  /** One write after another: each holds the whole list. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  of(platform: TicketBottlePlatform, signal: AbortSignal): Claims {
    const { uid } = platform.metadata;
    const stored = (platform.status?.claims ?? []).map(({ target, origin }): [string, Origin] => [target, origin]);
    const known = new Map([...stored, ...(this.#written.get(uid) ?? [])]);
    this.#written.set(uid, known);
    return {
      has: (target) => known.has(target),
      add: async (targets) => {
        for (const [target, origin] of targets) if (!known.has(target)) known.set(target, origin);
        const write = this.#tail.then(() => this.#write(platform, known, signal));
        this.#tail = write.catch(() => undefined);
        try {
          await write;
        } catch (error) {
          // Not noted, so not ours yet.
          for (const target of targets.keys()) known.delete(target);
          throw error;
        }
      },
    };
  }

  forget(uid: string): void {
    this.#written.delete(uid);
  }

  async #write(
    { apiVersion, kind, metadata }: TicketBottlePlatform,
    known: ReadonlyMap<string, Origin>,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name, uid } = metadata;
    const claims = [...known]
      .map(([target, origin]) => ({ target, origin }))
      .sort((a, b) => (a.target < b.target ? -1 : 1));
    const object = { apiVersion, kind, metadata: { namespace, name, uid }, status: { claims } };
    await this.#client.apply(PLATFORM, object, { fieldManager: FIELD_MANAGER, subresource: 'status', signal });
  }
}
