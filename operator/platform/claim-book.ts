import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { KubeClient } from '../kube/client.ts';
import { PLATFORM } from '../kube/resource.ts';
import type { Claims, Origin } from './claims.ts';

/** Owns status.claims and nothing else of the status. */
const FIELD_MANAGER = 'ticketbottle-platform-claims';

/** status.claims of all platforms, with what was written since the informer last looked. */
export class ClaimBook {
  readonly #client: KubeClient;
  readonly #known = new Map<string, Map<string, Origin>>();
  /** By platform: the last write that was asked for. One after another, as each holds the whole list. */
  readonly #tails = new Map<string, Promise<unknown>>();
  /** By platform: the one that has not begun, and will hold what is added until then. */
  readonly #next = new Map<string, Promise<void>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  of(platform: TicketBottlePlatform, signal: AbortSignal): Claims {
    const { uid } = platform.metadata;
    const known = this.#known.get(uid) ?? new Map<string, Origin>();
    this.#known.set(uid, known);
    for (const { target, origin } of platform.status?.claims ?? []) if (!known.has(target)) known.set(target, origin);
    return {
      has: (target) => known.has(target),
      add: async (targets) => {
        for (const [target, origin] of targets) if (!known.has(target)) known.set(target, origin);
        try {
          await this.#soon(platform, known, signal);
        } catch (error) {
          // Not noted, so not ours yet.
          for (const target of targets.keys()) known.delete(target);
          throw error;
        }
      },
    };
  }

  forget(uid: string): void {
    this.#known.delete(uid);
    this.#tails.delete(uid);
  }

  #soon(platform: TicketBottlePlatform, known: ReadonlyMap<string, Origin>, signal: AbortSignal): Promise<void> {
    const { uid } = platform.metadata;
    const waiting = this.#next.get(uid);
    if (waiting !== undefined) return waiting;
    const write = (this.#tails.get(uid) ?? Promise.resolve()).then(() => {
      this.#next.delete(uid);
      return this.#write(platform, known, signal);
    });
    this.#next.set(uid, write);
    this.#tails.set(
      uid,
      write.catch(() => undefined),
    );
    return write;
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
