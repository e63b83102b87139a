import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { hasRaised } from '#operator/api/sale-standing.ts';
import { SERVICES } from '#proto/names.ts';
import { needsCapacity } from './overlap.ts';
import { type BudgetScope, isHeld as isBudgetHeld, releaseBudgets } from './prescale/disruption-budgets.ts';
import { type FloorScope, isHeld, releaseFloors } from './prescale/hpa-floors.ts';

export interface LeftBehindScope extends Omit<FloorScope, 'floors'>, Omit<BudgetScope, 'floors'> {
  readonly platform: TicketBottlePlatform;
  /** All sales that name the platform. */
  readonly sales: readonly EventSale[];
  readonly nowMs: number;
}

/**
 * Gives back floors and budgets whose sale went without doing so: somebody took its finalizer away, or the cluster refused until
 * it gave up. Only where no sale is left that could mean them. False where there was nothing; throws what is refused still.
 */
export async function takeBackLeftBehind(scope: LeftBehindScope): Promise<boolean> {
  const { sales, nowMs, hpaOf, budgetOf } = scope;
  if (sales.some((sale) => hasRaised(sale) || needsCapacity(sale, nowMs))) return false;
  const floors = SERVICES.map(hpaOf).some((hpa) => hpa !== undefined && isHeld(hpa));
  const budgets = SERVICES.map(budgetOf).some((budget) => budget !== undefined && isBudgetHeld(budget));
  if (!floors && !budgets) return false;
  await releaseFloors({ ...scope, floors: {} });
  await releaseBudgets({ ...scope, floors: {} });
  return true;
}
