import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { canonicalHash } from '#operator/kube/canonical-hash.ts';

type Status = NonNullable<EventSale['status']>;

/** Figures that change with every buyer are written at most this often, however often somebody looks. */
const FIGURES_EVERY_MS = 3_000;

/** Keeps figures from becoming a storm of writes. What is not a figure (phase, conditions, plan) is written at once. */
export class StatusPace {
  readonly #written = new Map<string, number>();

  /** `nowMs` is monotonic. True counts as written. */
  isDue(uid: string, stored: Status | undefined, next: Status, nowMs: number): boolean {
    const last = this.#written.get(uid);
    const young = last !== undefined && nowMs - last < FIGURES_EVERY_MS;
    if (young && stored !== undefined && canonicalHash(unfigured(stored)) === canonicalHash(unfigured(next)))
      return false;
    this.#written.set(uid, nowMs);
    return true;
  }

  forget(uid: string): void {
    this.#written.delete(uid);
  }
}

function unfigured({ waitroom: _w, inventory: _i, sold: _s, total: _t, ledger: _l, ...rest }: Status): object {
  const { replicas, capacityPlan, ...others } = rest;
  return {
    ...others,
    want: replicas?.want,
    capacityPlan: capacityPlan?.map(({ have: _have, ...line }) => line),
  };
}
