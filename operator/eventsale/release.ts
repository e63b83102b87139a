import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { hasRaised } from '#operator/api/sale-standing.ts';
import type { Applier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { WEBHOOK_FUNCTION, webhookFunction } from './identity.ts';
import { environmentsFor, floorsFor } from './overlap.ts';
import type { PlatformLinks } from './platform-links.ts';
import { type Budget, releaseBudgets } from './prescale/disruption-budgets.ts';
import { type Hpa, isHeld, releaseFloors } from './prescale/hpa-floors.ts';
import { releasePlaceholders } from './prescale/placeholders.ts';
import { releaseWebhooks } from './prescale/serverless.ts';
import { whyStandby } from './region.ts';

export interface ReleaseScope {
  readonly sale: EventSale;
  readonly platform: TicketBottlePlatform;
  /** Other sales of the platform that need their capacity at this instant. */
  readonly overlapping: () => readonly EventSale[];
  readonly clock: Clock;
  readonly zones: number;
  readonly links: PlatformLinks;
  readonly hpaOf: (service: ServiceName) => Hpa | undefined;
  readonly budgetOf: (service: ServiceName) => Budget | undefined;
  readonly applier: Applier;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/**
 * Whether anything may be raised for this sale: its status says so from before the first thing is raised, whatever happens
 * after. Floors that stand without a status are its own when no other sale can be meant.
 */
export function holdsCapacity({
  sale,
  overlapping,
  hpaOf,
}: Pick<ReleaseScope, 'sale' | 'overlapping' | 'hpaOf'>): boolean {
  if (hasRaised(sale)) return true;
  const floored = SERVICES.some((service) => {
    const hpa = hpaOf(service);
    return hpa !== undefined && isHeld(hpa);
  });
  return floored && overlapping().length === 0;
}

/**
 * Gives back everything that was raised, each to exactly what it was, or down to what other sales still need. What a thing
 * was stands beside the thing itself (field owner, annotation, tag), so it does not matter who raised it or when. Returns
 * what could not be given back now; the rest went. Warm throughput of tables and partitions cannot go down and stay.
 */
export async function giveBack(scope: ReleaseScope): Promise<{ what: string; error: unknown }[]> {
  const { platform, overlapping, zones, links, signal } = scope;
  // Where nothing is sold no sale needs anything.
  const selling = whyStandby(platform) === undefined;
  const remaining = selling ? overlapping() : [];
  const floors = floorsFor(platform, remaining, zones);
  const environments = environmentsFor(platform, remaining, zones);
  const holds = holdsCapacity(scope);
  const managed = platform.spec.lambda.functions[WEBHOOK_FUNCTION]?.managed !== false;
  const parts: Record<string, () => Promise<void>> = {
    floors: () => releaseFloors({ ...scope, floors }),
    budgets: () => releaseBudgets({ ...scope, floors }),
    placeholders: async () => {
      // Also where an edit took them out of the spec meanwhile.
      if (scope.sale.spec.placeholders !== undefined || holds) await releasePlaceholders(scope);
    },
    'lambda/webhooks': async () => {
      // A sale that never prescaled raised nothing.
      if (managed && holds)
        await releaseWebhooks(links.cloudOf(platform), webhookFunction(platform), environments, signal);
    },
  };
  const left: { what: string; error: unknown }[] = [];
  for (const [what, release] of Object.entries(parts)) {
    try {
      await release();
    } catch (error) {
      signal.throwIfAborted();
      left.push({ what, error });
    }
  }
  return left;
}
