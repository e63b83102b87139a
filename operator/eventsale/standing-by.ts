import type { Action, Outcome, Sale } from './sale-facts.ts';

/**
 * The platform of this region does not serve. The gate in its Redis is a copy of another's, or no longer anybody's: all that
 * is done is to give capacity back.
 */
export function standingBy({ observed, decision }: Sale, over: boolean): Outcome {
  const actions: Action[] = observed.capacityHeld ? [{ kind: 'release-capacity' }] : [];
  const done = over && observed.record.phase === 'ScaledDown';
  return {
    phase: done ? 'ScaledDown' : 'Standby',
    decision,
    actions,
    message: done ? 'over' : `stands by and touches nothing: ${observed.blocked?.message ?? ''}`,
  };
}
