import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { Decision, GateFacts, SaleRecord } from './sale-facts.ts';

type Status = NonNullable<EventSale['status']>;

/** What the stored status remembers, as the timeline reads it. */
export function recordOf(sale: EventSale): SaleRecord {
  const status = sale.status;
  if (status === undefined) return {};
  const phases = status.phases ?? [];
  const last = phases.at(-1);
  const since = (phase: string) => phases.findLast((entry) => entry.phase === phase)?.at;
  return {
    phase: status.phase,
    phaseSince: last !== undefined && last.phase === status.phase ? ms(last.at) : undefined,
    prescaleStartedAt: prescaleStart(phases),
    accepted: acceptedOf(status),
    decision: decisionOf(status),
    gate: gateOf(sale, status),
    gateTerm: status.gate?.term,
    openedAt: ms(phases.find((entry) => entry.phase === 'Open' || entry.phase === 'SoldOut')?.at),
    closedAt: ms(since('Closed')),
  };
}

/** When the present run began: what came before a rest belongs to another schedule. A late run may begin with Held. */
function prescaleStart(phases: NonNullable<Status['phases']>): number | undefined {
  const rest = phases.findLastIndex((entry) =>
    ['Pending', 'Standby', 'Missed', 'Aborted', 'Closed', 'ScaledDown'].includes(entry.phase),
  );
  return ms(phases.slice(rest + 1).find((entry) => entry.phase !== 'Suspended')?.at);
}

function acceptedOf({ schedule }: Status): SaleRecord['accepted'] {
  const preQueueAt = ms(schedule?.preQueueAt);
  const opensAt = ms(schedule?.opensAt);
  const closesAt = ms(schedule?.closesAt);
  return preQueueAt === undefined || opensAt === undefined || closesAt === undefined
    ? undefined
    : { preQueueAt, opensAt, closesAt };
}

function decisionOf({ decision }: Status): Decision | undefined {
  const about = ms(decision?.about);
  const opensAt = ms(decision?.opensAt);
  const at = ms(decision?.at);
  if (decision === undefined || about === undefined || opensAt === undefined || at === undefined) return undefined;
  return { about, verdict: decision.verdict, opensAt, at, reason: decision.reason ?? '' };
}

function gateOf({ spec }: EventSale, status: Status): GateFacts | undefined {
  const opensAtMs = ms(status.gate?.opensAt);
  const closesAtMs = ms(status.schedule?.closesAt);
  if (opensAtMs === undefined || closesAtMs === undefined) return undefined;
  const armedAtMs = ms(status.gate?.armedAt) ?? 0;
  // Under Abort an unproved gate was written paused, see timeline.ts.
  return { opensAtMs, closesAtMs, armedAtMs, paused: armedAtMs === 0 && spec.onNotReady.policy === 'Abort' };
}

function ms(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
