/**
 * One difference between what is wanted and what is. `target` names the thing for people (`function ticketbottle-email-sender`);
 * the list of all changes is the plan that `status.plan` shows.
 */
export interface Change {
  readonly target: string;
  readonly action: 'create' | 'update' | 'delete' | 'wait';
  readonly reason: string;
  /** Only people can mend it, and the reason says how: time will not. */
  readonly byHand?: boolean;
  /** Moves keys of a topic to other partitions: held back while changes are frozen. */
  readonly addsPartitions?: boolean;
  /** Only turns a trigger on or off, as the region's role asks, or brings back one that failed: done also while other changes are held back. */
  readonly onOff?: boolean;
}

/**
 * An external system as four functions. `diff` is pure, so the plan comes for free; an empty diff means ready.
 * `apply` takes exactly what `diff` returned; both `apply` and `remove` may be repeated.
 */
export interface Adapter<Desired, Observed, C extends Change = Change> {
  observe(desired: Desired, signal: AbortSignal): Promise<Observed>;
  diff(desired: Desired, observed: Observed): C[];
  apply(changes: readonly C[], signal: AbortSignal): Promise<void>;
  remove(desired: Desired, signal: AbortSignal): Promise<void>;
}

/** The plan lines of changes: what may be shown, without the payload that `apply` needs. */
export function planOf(changes: readonly Change[]): Change[] {
  return changes.map(({ target, action, reason }) => ({ target, action, reason }));
}
