import { type Decision, isLive, type Sale, type Verdict } from './sale-facts.ts';
import { decisionTime, HANDS_OFF_MS } from './schedule.ts';

/** A gate that is released from a hold, or written late, opens this much later: ticks must reach buyers first. */
const NOTICE_MS = 10_000;

export function prescaleStart({ observed, now, times }: Sale): number {
  const started = observed.record.prescaleStartedAt ?? now;
  // A start that belongs to an earlier schedule says nothing about this one.
  return Math.max(started, times.prescaleAt, observed.createdAt);
}

/** The decision about the opening: the one that stands, a hold released, or a new one when its time has come. */
export function decide(sale: Sale): Decision | undefined {
  const { observed, now, times, gate, decision } = sale;
  const verdict = (name: Verdict, opensAt: number, reason: string): Decision => ({
    about: times.opensAt,
    verdict: name,
    opensAt,
    at: now,
    reason,
  });
  if (decision?.verdict === 'Hold' && observed.ready && now + NOTICE_MS < decision.opensAt)
    return verdict('Open', Math.max(times.opensAt, now + NOTICE_MS), 'became ready while held');
  if (decision !== undefined) return decision;

  const due = now >= decisionTime(times, prescaleStart(sale));
  if (observed.ready && (due || now >= times.armAt))
    return verdict('Open', notBefore(times.opensAt, now), 'proved ready');
  if (!due) return undefined;
  const { blocked, waitingFor, hint = '' } = observed;
  // What was in the way is not looked at any more once a sale was aborted.
  const why = blocked?.message ?? (hint === '' ? waitingFor : `${waitingFor}. ${hint}`);
  switch (sale.spec.onNotReady.policy) {
    case 'Abort':
      return verdict('Abort', times.opensAt, why);
    case 'OpenAnyway':
      return verdict('OpenAnyway', notBefore(times.opensAt, now), why);
    case 'Hold': {
      const announced = gate !== undefined && isLive(gate) && gate.opensAtMs > now;
      // Buyers see the doors about to open: the last seconds are no time to move them.
      if (announced && gate.opensAtMs === times.opensAt && times.opensAt - now < HANDS_OFF_MS)
        return verdict('OpenAnyway', times.opensAt, `too late to hold; ${why}`);
      const latest = Math.max(times.opensAt, now) + times.maxDelayMs;
      // A hold whose record was lost with a crash is found in the gate.
      const moved = announced && gate.opensAtMs > times.opensAt && gate.opensAtMs <= latest;
      return verdict('Hold', moved ? gate.opensAtMs : latest, why);
    }
  }
}

/** The announced instant, or shortly after now when that has passed. */
function notBefore(opensAt: number, now: number): number {
  return opensAt > now ? opensAt : now + NOTICE_MS;
}
