import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { describe } from '#operator/external/gateway-calls.ts';
import { EMPTY_GATE } from './gate-steps.ts';
import { eventIdOf } from './identity.ts';
import { capacityOf } from './overlap.ts';
import { desiredGate } from './prescale/waitroom-gate.ts';
import { gateRegion, whyStandby } from './region.ts';
import { giveBack, type ReleaseScope } from './release.ts';

export interface FinalizeScope extends Omit<ReleaseScope, 'platform'> {
  readonly platform: TicketBottlePlatform | undefined;
  readonly fencingToken: number;
  readonly finalizer: string;
}

/** After so long a deletion no longer waits for a Redis that does not answer. */
const GIVE_UP_AFTER_MS = 5 * 60_000;

/**
 * A sale that is deleted, perhaps mid-way: floors go back, doors close, sold tickets stay sold. `again`: something did not
 * answer, come back; otherwise the finalizer may go, and `message` says what had to be left behind ('' for nothing).
 */
export async function finalizeSale(scope: FinalizeScope): Promise<{ again: boolean; message: string }> {
  const { sale, platform, clock } = scope;
  // The platform took its autoscalers and its Redis address with it: nothing is left that could be given back.
  if (platform === undefined) return { again: false, message: '' };
  const problems = (await giveBack({ ...scope, platform })).map(
    ({ what, error }) => `${what} could not be given back: ${describe(error)}`,
  );
  // A gate that is another region's is closed from there.
  if (whyStandby(platform) === undefined) problems.push(...(await shutGate({ ...scope, platform })));
  if (problems.length === 0) return { again: false, message: '' };
  // What is left says beside itself what it was before, so that another sale can give it back, and warm environments the platform.
  const nowMs = clock.now();
  const waitedMs = nowMs - Date.parse(sale.metadata.deletionTimestamp ?? new Date(nowMs).toISOString());
  const again = waitedMs < GIVE_UP_AFTER_MS;
  return { again, message: `${problems.join('; ')}. ${again ? wayOut(scope) : LEFT}` };
}

const LEFT =
  'The sale is gone all the same: the platform gives warm environments back once AWS answers, and the operator goes on trying with the rest';

/** Closes the doors for good; what was in the way, for people. */
async function shutGate({
  sale,
  platform,
  zones,
  links,
  fencingToken,
  signal,
}: FinalizeScope & { readonly platform: TicketBottlePlatform }): Promise<string[]> {
  try {
    const capacity = capacityOf(sale, platform, [], zones);
    const region = gateRegion(sale, platform);
    const desired = desiredGate({ sale, eventId: eventIdOf(sale), capacity, region, fencingToken }, EMPTY_GATE);
    await links.of(platform).gate.remove(desired, signal, { forget: true });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    // Without a gate of ours there is nothing to close.
    if (sale.status?.gate === undefined) return [];
    return [`the gate could not be closed and closes at closesAt by itself: ${describe(error)}`];
  }
}

function wayOut({ sale, finalizer }: FinalizeScope): string {
  const { namespace, name } = sale.metadata;
  const patch = `kubectl -n ${namespace} patch eventsale ${name} --type=merge -p '{"metadata":{"finalizers":null}}'`;
  return `To delete without waiting: ${patch} (finalizer ${finalizer})`;
}
