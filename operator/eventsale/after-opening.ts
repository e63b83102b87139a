import { type Action, armedAt, iso, type Outcome, type Sale } from './sale-facts.ts';

/** Nobody is admitted; capacity stays as it is. */
export function suspended(sale: Sale): Outcome {
  const { gate, times, decision, opened } = sale;
  const actions: Action[] = opened ? [{ kind: 'refresh-figures' }] : [];
  if (gate !== undefined && gate.closesAtMs > gate.opensAtMs)
    actions.push({
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        opensAtMs: opened ? gate.opensAtMs : (decision?.opensAt ?? Math.max(gate.opensAtMs, times.opensAt)),
        closesAtMs: times.closesAt,
        // An armed gate stays armed: pausing it is what shuts it. An unproved one stays unproved.
        armedAtMs: gate.armedAtMs,
        paused: true,
      },
    });
  return {
    phase: 'Suspended',
    decision,
    next: { phase: 'Closed', at: times.closesAt },
    actions,
    message: `suspended: nobody is admitted and nothing is prepared${opened ? '; buyers inside may finish' : ''}; set spec.suspend to false to go on`,
  };
}

/** Doors open: figures, the gate as the spec says now, and whether everything is sold. */
export function whileOpen(sale: Sale): Outcome {
  const { observed, now, times, gate, decision } = sale;
  const { record, booksAwaited = false } = observed;
  const { sold, total, pending } = observed.figures ?? {};
  const actions: Action[] = [
    { kind: 'refresh-figures' },
    ...(observed.blocked === undefined ? [{ kind: 'prescale' } as const] : []),
    {
      kind: 'write-gate',
      gate: {
        preQueueAtMs: times.preQueueAt,
        // What has opened has opened: never another instant, also when Redis lost the gate.
        opensAtMs: gate?.opensAtMs ?? decision?.opensAt ?? times.opensAt,
        closesAtMs: times.closesAt,
        armedAtMs: armedAt(gate, now),
        paused: sale.spec.waitroom.paused || booksAwaited,
      },
    },
  ];
  const soldOut = sold === undefined || total === undefined ? record.phase === 'SoldOut' : total > 0 && sold >= total;
  if (!soldOut)
    return {
      phase: 'Open',
      decision,
      next: { phase: 'Closing', at: times.closesAt },
      actions,
      message: sale.spec.waitroom.paused
        ? 'open, admissions paused by spec.waitroom.paused'
        : booksAwaited
          ? 'open, taken over from another region: admissions wait until the stock of its paid orders was looked at, a minute at most'
          : 'open: buyers are admitted',
    };
  const since = record.phase === 'SoldOut' ? (record.phaseSince ?? now) : now;
  const quietAt = since + times.cooldownMs;
  const quiet = pending === 0;
  if (now >= quietAt && (quiet || now >= quietAt + times.checkoutTtlMs)) {
    return {
      phase: 'Closed',
      decision,
      next: { phase: 'ScaledDown', at: now },
      actions: [{ kind: 'refresh-figures' }, { kind: 'close-gate' }, { kind: 'release-capacity' }],
      message: 'sold out and quiet: doors closed, capacity is given back',
    };
  }
  return {
    phase: 'SoldOut',
    decision,
    next: { phase: 'Closed', at: Math.min(now < quietAt ? quietAt : quietAt + times.checkoutTtlMs, times.closesAt) },
    actions,
    message:
      now < quietAt
        ? `sold out; doors close and capacity is given back at ${iso(quietAt)} when nothing comes back`
        : `sold out; doors close once no payment is pending any more, at ${iso(quietAt + times.checkoutTtlMs)} at the latest`,
  };
}

/** Doors closed: those inside finish, then capacity cools down and is given back. */
export function afterClosing(sale: Sale): Outcome {
  const { observed, now, times, gate, opened, decision } = sale;
  const { figures, record } = observed;
  const early = record.closedAt !== undefined && record.closedAt < times.closesAt;
  const shut: Action[] = gate !== undefined && gate.closesAtMs > now ? [{ kind: 'close-gate' }] : [];
  const look: Action[] = opened && record.phase !== 'ScaledDown' ? [{ kind: 'refresh-figures' }] : [];
  const drained = !opened || (figures?.active === 0 && figures.pending === 0);
  const over = opened ? 'over: doors closed, capacity given back' : 'over; the doors never opened';
  const drainBy = times.closesAt + times.checkoutTtlMs;
  const passedClosed = record.phase === 'Closed' || record.phase === 'ScaledDown';
  const closedElsewhere = !passedClosed && record.closedAt !== undefined;
  if (!passedClosed && !closedElsewhere && !drained && now < drainBy)
    return {
      phase: 'Closing',
      decision,
      next: { phase: 'Closed', at: drainBy },
      actions: [...look, ...shut],
      message: `doors closed; buyers inside may finish until ${iso(drainBy)}`,
    };
  // A sale that never opened, or that was closed after being sold out and quiet, has nothing left to cool down.
  const scaleDownAt = !opened || early ? now : times.closesAt + times.cooldownMs;
  // A clock that is set back a little does not bring back what was given back.
  const due = now >= scaleDownAt || record.phase === 'ScaledDown';
  if (due && !observed.capacityHeld && passedClosed)
    return { phase: 'ScaledDown', decision, actions: [...look, ...shut], message: over };
  return {
    phase: 'Closed',
    decision,
    next: { phase: 'ScaledDown', at: scaleDownAt },
    actions: [...look, ...shut, ...(now >= scaleDownAt ? [{ kind: 'release-capacity' } as const] : [])],
    message:
      now < scaleDownAt ? `closed; capacity is kept until ${iso(scaleDownAt)}` : 'closed; capacity is being given back',
  };
}
