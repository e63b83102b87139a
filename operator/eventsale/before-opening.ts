import { decide, prescaleStart } from './decision.ts';
import {
  type Action,
  armedAt,
  type Decision,
  iso,
  type ObservedSale,
  type Outcome,
  type Sale,
  type SaleRecord,
} from './sale-facts.ts';
import { decisionTime } from './schedule.ts';

/** From the first plan to the opening, or to the decision that there is none. */
export function beforeOpening(sale: Sale): Outcome {
  const { now, times, observed, decision, gate } = sale;
  if (decision?.verdict === 'Abort') return aborted(sale, decision);
  const started = Math.max(times.opensAt, decision?.opensAt ?? 0);
  if (now - started > times.startDeadlineMs) return missed(sale);
  if (now < times.prescaleAt) return pending(sale);

  const settled = decide(sale);
  if (settled?.verdict === 'Abort') return aborted(sale, settled);
  const opensAt = settled?.opensAt ?? times.opensAt;
  const proven = settled?.verdict === 'Open' || (settled === undefined && observed.ready);
  const actions: Action[] = [
    ...(observed.blocked === undefined ? [{ kind: 'prescale' } as const, { kind: 'rehearse' } as const] : []),
    {
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        opensAtMs: opensAt,
        closesAtMs: times.closesAt,
        armedAtMs: proven || settled?.verdict === 'OpenAnyway' ? armedAt(gate, now) : 0,
        // Under Abort an unproved gate must stay shut even if nobody is left to abort.
        paused: sale.spec.waitroom.paused || (sale.spec.onNotReady.policy === 'Abort' && !proven),
      },
    },
  ];
  return { ...preparing(sale, settled, opensAt), decision: settled, actions };
}

function preparing(
  sale: Sale,
  decision: Decision | undefined,
  opensAt: number,
): Pick<Outcome, 'phase' | 'next' | 'message'> {
  const { observed, now, times } = sale;
  const open = { phase: 'Open', at: opensAt } as const;
  const waiting = observed.blocked?.message ?? `waiting for ${observed.waitingFor}`;
  if (decision?.verdict === 'Hold' && opensAt >= times.closesAt)
    return {
      phase: 'Held',
      next: { phase: 'Closed', at: times.closesAt },
      message: `the opening is held until all is ready, and closesAt comes before onNotReady.maxDelay is over: if nothing changes the doors never open; ${waiting}`,
    };
  if (decision?.verdict === 'Hold')
    return {
      phase: 'Held',
      next: open,
      message: `the opening is held until ${iso(opensAt)} at the latest; ${waiting}`,
    };
  if (decision !== undefined && observed.gateProved) {
    // Ready is passed through visibly, also by a sale in a hurry.
    if (decision.verdict === 'Open' && observed.ready && !hasBeenReady(observed.record))
      return { phase: 'Ready', next: { phase: 'Armed', at: now }, message: 'proved ready; arming' };
    const state = observed.ready
      ? 'the doors open by themselves'
      : `the doors open although not ready: ${observed.blocked?.message ?? observed.waitingFor}`;
    return { phase: 'Armed', next: open, message: `armed for ${iso(opensAt)}; ${state}` };
  }
  if (decision !== undefined && isArmedUnseen(observed, opensAt))
    return {
      phase: 'Armed',
      next: open,
      message: `armed for ${iso(opensAt)}; Redis cannot be asked, and the gate that was proved there opens the doors once it answers`,
    };
  if (decision !== undefined)
    return {
      phase: 'Prescaling',
      next: open,
      message: `${waiting}; the opening at ${iso(opensAt)} is decided, and its gate is still to be written and read back`,
    };
  const decideAt = decisionTime(times, prescaleStart(sale));
  if (observed.ready && observed.gateProved)
    return {
      phase: 'Ready',
      next: { phase: 'Armed', at: Math.max(times.armAt, now) },
      message: `proved ready; armed at ${iso(times.armAt)}, until then the schedule may be edited`,
    };
  return {
    phase: 'Prescaling',
    next: { phase: 'Ready', at: decideAt },
    message: `${waiting}; at ${iso(decideAt)} onNotReady=${sale.spec.onNotReady.policy} decides`,
  };
}

/** What cannot be seen for a moment is not lost: the gate stood, with this opening, when it was last looked at. */
function isArmedUnseen({ gate, record }: ObservedSale, opensAt: number): boolean {
  return gate === undefined && record.phase === 'Armed' && record.gate?.opensAtMs === opensAt;
}

function hasBeenReady(record: SaleRecord): boolean {
  return record.phase === 'Ready' || record.phase === 'Armed' || record.phase === 'Held';
}

function pending(sale: Sale): Outcome {
  const { times, gate, observed } = sale;
  const actions: Action[] = [];
  if (observed.capacityHeld) actions.push({ kind: 'release-capacity' });
  // A schedule that moved away leaves a gate with the old instant behind, and buyers who keep their places.
  if (gate !== undefined)
    actions.push({
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        opensAtMs: times.opensAt,
        closesAtMs: times.closesAt,
        armedAtMs: 0,
        paused: sale.spec.waitroom.paused || sale.spec.onNotReady.policy === 'Abort',
      },
    });
  const blocked = observed.blocked === undefined ? '' : `; mend before then: ${observed.blocked.message}`;
  return {
    phase: 'Pending',
    next: { phase: 'Prescaling', at: times.prescaleAt },
    actions,
    message: `scheduled: prescaling starts at ${iso(times.prescaleAt)}${blocked}`,
  };
}

function missed(sale: Sale): Outcome {
  return {
    phase: 'Missed',
    next: { phase: 'Closed', at: sale.times.closesAt },
    actions: shutAndRelease(sale),
    message:
      'opensAt passed without the sale having been armed, beyond schedule.startDeadline; nothing was opened: ' +
      'move spec.schedule.opensAt into the future to try again',
  };
}

function aborted(sale: Sale, decision: Decision): Outcome {
  return {
    phase: 'Aborted',
    decision,
    next: { phase: 'Closed', at: sale.times.closesAt },
    actions: shutAndRelease(sale),
    message:
      `not ready at arming time and onNotReady is Abort (${decision.reason}); nothing was opened: ` +
      'mend it and move spec.schedule.opensAt into the future',
  };
}

function shutAndRelease({ gate, observed, now }: Sale): Action[] {
  const actions: Action[] = [];
  if (gate !== undefined && gate.closesAtMs > now) actions.push({ kind: 'close-gate' });
  if (observed.capacityHeld) actions.push({ kind: 'release-capacity' });
  return actions;
}
