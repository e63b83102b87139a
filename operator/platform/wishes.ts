import { createHmac } from 'node:crypto';
import type { PlatformConcern } from '../api/conditions.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { type Change, planOf } from '../external/adapter.ts';

type Stored = NonNullable<NonNullable<TicketBottlePlatform['status']>['wishes']>[number];

/**
 * What was wanted when it was last found, or applied, just so: kept in `status.wishes`, so that a new leader can tell what somebody
 * changed meanwhile from what is wanted only now. As hashes with the platform's own key, because wishes hold passwords.
 */
export class Wishes {
  readonly #key: string | undefined;
  readonly #before: ReadonlyMap<string, Stored>;
  readonly #outside = new Map<PlatformConcern, string>();
  readonly #objects = new Map<PlatformConcern, { readonly wanted: Set<string>; readonly mended: Change[] }>();

  /** Without a key nothing is known, and nothing is kept. */
  constructor(key: string | undefined, before: readonly Stored[] = []) {
    this.#key = key;
    this.#before = new Map(before.map((stored) => [stored.concern, stored]));
  }

  /** Whether an external system was as this wish the last time that it was looked at. */
  stood(concern: PlatformConcern, wish: string): boolean {
    return this.#key !== undefined && this.#before.get(concern)?.outside === this.#hash(wish);
  }

  /** An external system is as this wish. */
  stands(concern: PlatformConcern, wish: string): void {
    this.#outside.set(concern, wish);
  }

  /** An object was applied; `mended`: what that changed, where this process has never applied it before. */
  applied(concern: PlatformConcern, wish: string, mended?: Change): void {
    const known = this.#objects.get(concern) ?? { wanted: new Set(), mended: [] };
    this.#objects.set(concern, known);
    known.wanted.add(wish);
    if (mended !== undefined) known.mended.push(mended);
  }

  /** What was done to objects while nobody led: their wishes, all of the concern, are those of the leader before. */
  mended(): { readonly concern: PlatformConcern; readonly changes: readonly Change[] }[] {
    if (this.#key === undefined) return [];
    return [...this.#objects].flatMap(([concern, { wanted, mended }]) =>
      mended.length > 0 && this.#before.get(concern)?.objects === this.#hash(together(wanted))
        ? [{ concern, changes: planOf(mended) }]
        : [],
    );
  }

  /** What the next leader shall know. */
  toStore(): Stored[] {
    if (this.#key === undefined) return [];
    const concerns = [...new Set([...this.#outside.keys(), ...this.#objects.keys()])].toSorted();
    return concerns.map((concern) => {
      const [outside, objects] = [this.#outside.get(concern), this.#objects.get(concern)];
      return {
        concern,
        ...(outside === undefined ? {} : { outside: this.#hash(outside) }),
        ...(objects === undefined ? {} : { objects: this.#hash(together(objects.wanted)) }),
      };
    });
  }

  #hash(wish: string): string {
    return createHmac('sha256', this.#key ?? '')
      .update(wish)
      .digest('base64url')
      .slice(0, 16);
  }
}

const together = (wanted: ReadonlySet<string>): string => [...wanted].toSorted().join('\n');
