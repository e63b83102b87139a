import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { describe } from '#operator/external/gateway-calls.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { type KubeObject, PDB } from '#operator/kube/resource.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import { FLOOR_MANAGER } from './hpa-floors.ts';
import type { PrescaleLine } from './line.ts';

/** On a budget that a sale holds: its fields from before, as JSON, in the same write that changes them. */
export const BUDGET_BEFORE = 'ticketbottle.io/before-sale';
const PLATFORM_MANAGER = 'ticketbottle-operator';

export interface Budget extends KubeObject {
  spec: { minAvailable?: number | string; maxUnavailable?: number | string };
}

export interface BudgetScope {
  readonly platform: TicketBottlePlatform;
  readonly floors: Readonly<Partial<Record<ServiceName, number>>>;
  readonly budgetOf: (service: ServiceName) => Budget | undefined;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/**
 * While a sale holds its capacity, evictions (drains, consolidation of nodes) may not take any of it. A budget knows either
 * minAvailable or maxUnavailable, so ours takes the place of the platform's, which is kept beside it.
 */
export async function raiseBudgets(scope: BudgetScope): Promise<PrescaleLine[]> {
  const managed = SERVICES.filter((service) => scope.platform.spec.services[service].managed);
  const problems = (await Promise.all(managed.map((service) => problemWith(scope, service)))).filter(
    (problem) => problem !== undefined,
  );
  const line = {
    what: 'disruptions',
    want: `${managed.length} budgets at their floors`,
    have: `${managed.length - problems.length} budgets`,
    ready: problems.length === 0,
  };
  return [line.ready ? line : { ...line, message: problems.join('; ') }];
}

async function problemWith(scope: BudgetScope, service: ServiceName): Promise<string | undefined> {
  const budget = scope.budgetOf(service);
  if (budget === undefined) return `waiting for the PodDisruptionBudget of ${service}`;
  try {
    await raiseBudget(scope, budget, service);
    return undefined;
  } catch (error) {
    scope.signal.throwIfAborted();
    return describe(error);
  }
}

async function raiseBudget(scope: BudgetScope, budget: Budget, service: ServiceName): Promise<void> {
  const floor = Math.max(1, scope.floors[service] ?? scope.platform.spec.services[service].replicas.min);
  if (isHeld(budget) && budget.spec.minAvailable === floor && budget.spec.maxUnavailable === undefined) return;
  const before = beforeOf(budget) ?? fieldsOf(budget);
  await patch(scope, budget, FLOOR_MANAGER, JSON.stringify(before), { minAvailable: floor });
}

/** Gives every budget back what it had, or lowers it to what other sales need. */
export async function releaseBudgets(scope: BudgetScope): Promise<void> {
  for (const service of SERVICES) {
    const budget = scope.budgetOf(service);
    if (budget === undefined) continue;
    const before = beforeOf(budget);
    if (before === undefined) continue;
    const floor = scope.floors[service];
    if (floor === undefined) await patch(scope, budget, PLATFORM_MANAGER, null, before);
    else if (budget.spec.minAvailable !== floor)
      await patch(scope, budget, FLOOR_MANAGER, JSON.stringify(before), { minAvailable: floor });
  }
}

export function isHeld(budget: Budget): boolean {
  return beforeOf(budget) !== undefined;
}

type Fields = Budget['spec'];

function fieldsOf({ spec: { minAvailable, maxUnavailable } }: Budget): Fields {
  return {
    ...(minAvailable === undefined ? {} : { minAvailable }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
  };
}

function beforeOf(budget: Budget): Fields | undefined {
  const text = budget.metadata.annotations?.[BUDGET_BEFORE];
  return text === undefined ? undefined : (JSON.parse(text) as Fields);
}

/** One write: what stood before, and what stands now. `null` removes. */
async function patch(
  { client, signal }: BudgetScope,
  budget: Budget,
  fieldManager: string,
  before: string | null,
  { minAvailable = undefined, maxUnavailable = undefined }: Fields,
): Promise<void> {
  const { namespace = '', name } = budget.metadata;
  const body = {
    metadata: { annotations: { [BUDGET_BEFORE]: before } },
    spec: { minAvailable: minAvailable ?? null, maxUnavailable: maxUnavailable ?? null },
  };
  await client.mergePatch(PDB, namespace, name, body, { fieldManager, signal });
}
