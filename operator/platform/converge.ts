import type { Adapter, Change } from '../external/adapter.ts';

export interface Converged<Observed, C extends Change> {
  /** As last seen: after the changes when any were made. */
  readonly observed: Observed;
  /** What is still different: what to wait for, or, when only looking, everything. */
  readonly pending: readonly C[];
  /** What was changed on the way. */
  readonly applied: readonly C[];
}

/** Rounds of observe, diff, apply: some systems reveal the next step only after the last one. */
const MAX_ROUNDS = 12;

export interface ConvergeOptions<C extends Change> {
  readonly observeOnly: boolean;
  readonly signal: AbortSignal;
  /** Asked once, before anything is changed or counted as ready; throws when this platform may not have what it asks for. */
  readonly admit?: (pending: readonly C[]) => Promise<void>;
  /** Changes that must wait, during a freeze; they stay pending. */
  readonly holds?: (change: C) => boolean;
}

/** Brings an external system to `desired`, or, with `observeOnly`, says what that would take. Throws what the adapter throws. */
export async function converge<Desired, Observed, C extends Change>(
  adapter: Adapter<Desired, Observed, C>,
  desired: Desired,
  { observeOnly, signal, admit, holds = () => false }: ConvergeOptions<C>,
): Promise<Converged<Observed, C>> {
  const applied: C[] = [];
  for (let round = 1; ; round++) {
    const observed = await adapter.observe(desired, signal);
    const pending = adapter.diff(desired, observed);
    // Also when nothing differs: what is taken over as it is becomes ours all the same.
    if (round === 1) await admit?.(pending);
    const steps = pending.filter((change) => change.action !== 'wait' && !holds(change));
    if (observeOnly || steps.length === 0 || round === MAX_ROUNDS) return { observed, pending, applied };
    await adapter.apply(steps, signal);
    applied.push(...steps);
  }
}
