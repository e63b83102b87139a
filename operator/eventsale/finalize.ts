import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { describe } from '#operator/external/gateway-probe.ts';
import type { Applier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { ServiceName } from '#proto/names.ts';
import { eventIdOf } from './identity.ts';
import { capacityOf, floorsFor } from './overlap.ts';
import type { PlatformLinks } from './platform-links.ts';
import { type Hpa, releaseFloors } from './prescale/hpa-floors.ts';
import { desiredGate } from './prescale/waitroom-gate.ts';

export interface FinalizeScope {
  readonly sale: EventSale;
  readonly platform: TicketBottlePlatform | undefined;
  /** Other sales of the platform that need capacity now. */
  readonly remaining: readonly EventSale[];
  readonly zones: number;
  readonly links: PlatformLinks;
  readonly hpaOf: (service: ServiceName) => Hpa | undefined;
  readonly applier: Applier;
  readonly client: KubeClient;
  readonly fencingToken: number;
  readonly finalizer: string;
  readonly signal: AbortSignal;
}

/** After so long a deletion no longer waits for a Redis that does not answer. */
const GIVE_UP_AFTER_MS = 5 * 60_000;

/**
 * A sale that is deleted, perhaps mid-way: floors go back, doors close, sold tickets stay sold. `again`: something did not
 * answer, come back; otherwise the finalizer may go, and `message` says what had to be left behind ('' for nothing).
 */
export async function finalizeSale(scope: FinalizeScope, nowMs: number): Promise<{ again: boolean; message: string }> {
  const { sale, platform, remaining, zones } = scope;
  // The platform took its autoscalers and its Redis address with it: nothing is left that could be given back.
  if (platform === undefined) return { again: false, message: '' };
  await releaseFloors({ ...scope, platform, floors: floorsFor(platform, remaining, zones) });
  try {
    const link = scope.links.of(platform);
    const desired = desiredGate(
      {
        sale,
        eventId: eventIdOf(sale),
        capacity: capacityOf(sale, platform, [], zones),
        fencingToken: scope.fencingToken,
      },
      { preQueueAtMs: 0, opensAtMs: 0, closesAtMs: 0, armedAtMs: 0, paused: false },
    );
    await link.gate.remove(desired, scope.signal);
    return { again: false, message: '' };
  } catch (error) {
    scope.signal.throwIfAborted();
    const { namespace, name, deletionTimestamp } = sale.metadata;
    const waited = nowMs - Date.parse(deletionTimestamp ?? new Date(nowMs).toISOString());
    const why = `the gate of the sale could not be closed: ${describe(error)}`;
    if (waited >= GIVE_UP_AFTER_MS || sale.status?.gate === undefined)
      return {
        again: false,
        message: sale.status?.gate === undefined ? '' : `${why}; it closes at closesAt by itself`,
      };
    const patch = `kubectl -n ${namespace} patch eventsale ${name} --type=merge -p '{"metadata":{"finalizers":null}}'`;
    return { again: true, message: `${why}. To delete without closing it: ${patch} (finalizer ${scope.finalizer})` };
  }
}
