import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { Action, ObservedSale, Phase, SalePlan } from './sale-facts.ts';
import { aSale } from './testing/sale-builder.ts';
import { SaleWorld } from './testing/sale-world.ts';
import { planSale } from './timeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T = Date.UTC(2027, 0, 10, 3, 0, 0);

type Schedule = Partial<EventSale['spec']['schedule']>;
function specOf(schedule: Schedule = {}, rest: Partial<EventSale['spec']> = {}): EventSale['spec'] {
  return aSale({
    schedule: { preQueueAt: at(-30 * MINUTE), opensAt: at(0), closesAt: at(2 * HOUR), ...schedule },
    ...rest,
  }).spec;
}
function at(offset: number): string {
  return new Date(T + offset).toISOString();
}

const nothing: ObservedSale = {
  createdAt: T - 24 * HOUR,
  record: {},
  ready: false,
  waitingFor: 'replicas/gateway',
  gate: null,
  gateProved: false,
  capacityHeld: false,
};
const liveGate = { opensAtMs: T, closesAtMs: T + 2 * HOUR, armedAtMs: T - 10 * MINUTE, paused: false };

function plan(offset: number, observed: Partial<ObservedSale> = {}, spec = specOf()): SalePlan {
  return planSale(spec, { ...nothing, ...observed }, T + offset);
}
const kinds = (result: SalePlan) => result.actions.map((action) => action.kind);
const gateOf = (result: SalePlan) =>
  result.actions.find((action): action is Extract<Action, { kind: 'write-gate' }> => action.kind === 'write-gate')
    ?.gate;

describe('a sale before its opening', () => {
  it('waits in Pending and says when prescaling starts', () => {
    const result = plan(-5 * HOUR);
    assert.equal(result.phase, 'Pending');
    // Ten minutes before the pre-queue, which is earlier than 30 minutes before the opening.
    assert.deepEqual(result.next, { phase: 'Prescaling', at: T - 40 * MINUTE });
    assert.deepEqual(result.actions, []);
    assert.equal(result.wakeAt, T - 4 * HOUR);
  });

  it('prescales and writes the gate early, so that buyers can take places', () => {
    const result = plan(-40 * MINUTE);
    assert.equal(result.phase, 'Prescaling');
    assert.deepEqual(kinds(result), ['prescale', 'rehearse', 'write-gate']);
    assert.deepEqual(gateOf(result), {
      preQueueAtMs: T - 30 * MINUTE,
      opensAtMs: T,
      closesAtMs: T + 2 * HOUR,
      armedAtMs: 0,
      paused: false,
    });
  });

  it('is Ready when all is proved, and Armed from ten minutes before the opening', () => {
    const proved = { ready: true, waitingFor: '', gate: liveGate, gateProved: true, capacityHeld: true };
    assert.equal(plan(-20 * MINUTE, proved).phase, 'Ready');
    const arming = plan(-10 * MINUTE, { ...proved, record: { phase: 'Ready', phaseSince: T - 20 * MINUTE } });
    assert.equal(arming.phase, 'Armed');
    assert.equal(arming.decision?.verdict, 'Open');
    assert.equal(arming.decision?.opensAt, T);
  });

  it('passes visibly through Ready when there is no time', () => {
    const hurried = { createdAt: T - 90_000, ready: true, waitingFor: '', gate: liveGate, gateProved: true };
    const first = plan(-40_000, { ...hurried, record: { phase: 'Prescaling', prescaleStartedAt: T - 90_000 } });
    assert.equal(first.phase, 'Ready');
    assert.ok(first.wakeAt <= T - 40_000 + 100);
    const second = plan(-39_900, {
      ...hurried,
      record: { phase: 'Ready', prescaleStartedAt: T - 90_000, decision: first.decision },
    });
    assert.equal(second.phase, 'Armed');
    assert.equal(second.opensAt, T);
  });

  it('is not Armed while the gate is unproved', () => {
    const result = plan(-5 * MINUTE, { ready: true, waitingFor: 'gate', gate: undefined, gateProved: false });
    assert.equal(result.phase, 'Prescaling');
  });

  it('looks at an armed gate five minutes and one minute before the opening, and at the opening', () => {
    const decision = { about: T, verdict: 'Open' as const, opensAt: T, at: T - 10 * MINUTE, reason: '' };
    const record = { phase: 'Armed' as Phase, decision, gate: liveGate, prescaleStartedAt: T - HOUR };
    const armed = { ready: true, waitingFor: '', gate: liveGate, gateProved: true, capacityHeld: true, record };
    for (const mark of [-5 * MINUTE, -MINUTE, 0]) assert.equal(plan(mark - 3_000, armed).wakeAt, T + mark);
  });

  it('stays Armed while Redis cannot be asked, and looks again soon; a gate that is gone is another matter', () => {
    const decision = { about: T, verdict: 'Open' as const, opensAt: T, at: T - 10 * MINUTE, reason: '' };
    const record = { phase: 'Armed' as Phase, decision, gate: liveGate, prescaleStartedAt: T - HOUR };
    const dark = { ready: false, waitingFor: 'clock, gate', gateProved: false, capacityHeld: true, record };
    const unseen = plan(-MINUTE, { ...dark, gate: undefined });
    assert.equal(unseen.phase, 'Armed');
    assert.match(unseen.message, /Redis cannot be asked/);
    assert.ok(unseen.wakeAt <= T - MINUTE + 2_000);
    assert.equal(plan(0, { ...dark, gate: undefined }).phase, 'Open');
    const gone = plan(-MINUTE, { ...dark, gate: null });
    assert.equal(gone.phase, 'Prescaling');
    // It was decided long ago: nothing is left to decide.
    assert.match(gone.message, /^waiting for clock, gate; the opening at 2027-01-10T03:00:00Z is decided/);
    assert.equal(gone.next?.at, T);
  });

  it('gives a sale in a hurry two thirds of its time, but decides 30 s before the opening at the latest', () => {
    const inHurry = { createdAt: T - 90_000, record: { phase: 'Prescaling' as Phase, prescaleStartedAt: T - 90_000 } };
    assert.equal(plan(-31_000, inHurry).decision, undefined);
    assert.equal(plan(-30_000, inHurry).decision?.verdict, 'Hold');
  });

  it('keeps its hands off the gate in the last 15 seconds', () => {
    const late = plan(-14_000, {
      gate: { ...liveGate, armedAtMs: 0 },
      record: { phase: 'Prescaling', prescaleStartedAt: T - HOUR },
    });
    assert.equal(late.decision?.verdict, 'OpenAnyway');
    assert.equal(gateOf(late)?.opensAtMs, T);
  });
});

describe('onNotReady', () => {
  const unready = { record: { phase: 'Prescaling' as Phase, prescaleStartedAt: T - 40 * MINUTE }, gate: liveGate };

  it('Hold moves the gate at arming time', () => {
    const held = plan(-10 * MINUTE, unready);
    assert.equal(held.phase, 'Held');
    assert.equal(gateOf(held)?.opensAtMs, T + 2 * MINUTE);
    assert.deepEqual(held.next, { phase: 'Open', at: T + 2 * MINUTE });
  });

  it('Hold says so when it would outlast the sale', () => {
    const spec = specOf({}, { onNotReady: { policy: 'Hold', maxDelay: '2h' } });
    const held = plan(-10 * MINUTE, unready, spec);
    assert.equal(held.phase, 'Held');
    assert.deepEqual(held.next, { phase: 'Closed', at: T + 2 * HOUR });
    assert.match(
      held.message,
      /closesAt comes before onNotReady.maxDelay is over: if nothing changes the doors never open/,
    );
  });

  it('Hold goes back to the announced instant when the sale becomes ready in time', () => {
    const held = plan(-10 * MINUTE, unready);
    const released = plan(-6 * MINUTE, {
      ready: true,
      gateProved: true,
      gate: { ...liveGate, opensAtMs: T + 2 * MINUTE },
      record: { phase: 'Held', decision: held.decision },
    });
    assert.equal(released.phase, 'Armed');
    assert.equal(gateOf(released)?.opensAtMs, T);
  });

  it('Hold opens ten seconds after becoming ready when the instant has passed', () => {
    const held = plan(-10 * MINUTE, unready);
    const released = plan(MINUTE, {
      ready: true,
      gateProved: true,
      gate: { ...liveGate, opensAtMs: T + 2 * MINUTE },
      record: { phase: 'Held', decision: held.decision },
    });
    assert.equal(gateOf(released)?.opensAtMs, T + MINUTE + 10_000);
  });

  it('Hold opens by itself after maxDelay', () => {
    const held = plan(-10 * MINUTE, unready);
    const open = plan(2 * MINUTE, {
      gate: { ...liveGate, opensAtMs: T + 2 * MINUTE },
      record: { phase: 'Held', decision: held.decision },
    });
    assert.equal(open.phase, 'Open');
    assert.equal(open.opensAt, T + 2 * MINUTE);
  });

  it('Hold finds its own hold in the gate after a crash before the status was written', () => {
    const again = plan(-9 * MINUTE, { ...unready, gate: { ...liveGate, opensAtMs: T + 90_000 } });
    assert.equal(again.decision?.opensAt, T + 90_000);
  });

  it('OpenAnyway arms and says what is not ready', () => {
    const spec = specOf({}, { onNotReady: { policy: 'OpenAnyway', maxDelay: '2m' } });
    const result = plan(-10 * MINUTE, { ...unready, gateProved: true }, spec);
    assert.equal(result.phase, 'Armed');
    assert.match(result.message, /although not ready: replicas\/gateway/);
  });

  it('Abort shuts the gate and gives capacity back', () => {
    const spec = specOf({}, { onNotReady: { policy: 'Abort', maxDelay: '2m' } });
    const result = plan(-10 * MINUTE, { ...unready, capacityHeld: true }, spec);
    assert.equal(result.phase, 'Aborted');
    assert.deepEqual(kinds(result), ['close-gate', 'release-capacity']);
    const later = plan(
      0,
      {
        record: { phase: 'Aborted', decision: result.decision },
        gate: { ...liveGate, closesAtMs: T - 10 * MINUTE },
      },
      spec,
    );
    assert.equal(later.phase, 'Aborted');
    assert.equal(later.opened, false);
  });

  it('Abort keeps an unproved gate shut even when no operator is left to abort', () => {
    const spec = specOf({}, { onNotReady: { policy: 'Abort', maxDelay: '2m' } });
    const early = plan(-40 * MINUTE, {}, spec);
    assert.equal(gateOf(early)?.paused, true);
    const back = plan(5 * MINUTE, { gate: { ...liveGate, armedAtMs: 0, paused: true } }, spec);
    assert.equal(back.opened, false);
    assert.equal(back.phase, 'Aborted');
  });
});

describe('a sale that is late', () => {
  it('continues within the start deadline: held until ready', () => {
    const result = plan(5 * MINUTE, { createdAt: T + 5 * MINUTE });
    assert.equal(result.phase, 'Held');
    assert.equal(gateOf(result)?.opensAtMs, T + 7 * MINUTE);
  });

  it('is Missed beyond it, and says the way out', () => {
    const result = plan(16 * MINUTE, { createdAt: T + 16 * MINUTE });
    assert.equal(result.phase, 'Missed');
    assert.match(result.message, /move spec.schedule.opensAt/);
    assert.deepEqual(result.actions, []);
    const edited = specOf({ opensAt: at(HOUR), preQueueAt: at(50 * MINUTE) });
    assert.equal(plan(16 * MINUTE, { record: { phase: 'Missed' } }, edited).phase, 'Pending');
  });

  it('is Open when the operator comes back to a gate that opened meanwhile', () => {
    const result = plan(40 * MINUTE, { gate: liveGate, record: { phase: 'Armed' } });
    assert.equal(result.phase, 'Open');
  });

  it('goes to Closed and cleans up after closesAt, whatever was missed', () => {
    const result = plan(3 * HOUR, { capacityHeld: true });
    assert.equal(result.phase, 'Closed');
    assert.deepEqual(kinds(result), ['release-capacity']);
    assert.equal(plan(3 * HOUR, { record: { phase: 'Closed', closedAt: T + 3 * HOUR } }).phase, 'ScaledDown');
  });

  it('can be scheduled again when it never opened', () => {
    const later = specOf({ opensAt: at(30 * HOUR), preQueueAt: at(29 * HOUR), closesAt: at(31 * HOUR) });
    const record = { phase: 'ScaledDown' as Phase, closedAt: T + 3 * HOUR };
    assert.equal(plan(4 * HOUR, { record }, later).phase, 'Pending');
  });
});

describe('an open sale', () => {
  const open = { gate: liveGate, record: { phase: 'Open' as Phase, openedAt: T }, capacityHeld: true };
  const figures = { sold: 0, total: 100, active: 0, pending: 0 };

  it('is SoldOut only when every ticket is sold, and Open again when stock comes back', () => {
    assert.equal(plan(MINUTE, { ...open, figures: { ...figures, sold: 99, pending: 1 } }).phase, 'Open');
    assert.equal(plan(MINUTE, { ...open, figures: { ...figures, sold: 100 } }).phase, 'SoldOut');
    const soldOut = { ...open, record: { ...open.record, phase: 'SoldOut' as Phase, phaseSince: T + MINUTE } };
    assert.equal(plan(2 * MINUTE, { ...soldOut, figures: { ...figures, sold: 99 } }).phase, 'Open');
    assert.equal(plan(2 * MINUTE, { ...soldOut, figures: undefined }).phase, 'SoldOut');
  });

  it('closes early once sold out, cooled down and quiet', () => {
    const record = { ...open.record, phase: 'SoldOut' as Phase, phaseSince: T + MINUTE };
    const soldOut = { ...open, record, figures: { ...figures, sold: 100 } };
    assert.equal(plan(15 * MINUTE, soldOut).phase, 'SoldOut');
    const closed = plan(16 * MINUTE, soldOut);
    assert.equal(closed.phase, 'Closed');
    assert.deepEqual(kinds(closed), ['refresh-figures', 'close-gate', 'release-capacity']);
    const still = plan(16 * MINUTE, { ...soldOut, figures: { ...figures, sold: 100, pending: 2 } });
    assert.equal(still.phase, 'SoldOut');
    assert.match(still.message, /once no payment is pending any more, at 2027-01-10T03:31:00Z at the latest/);
    assert.deepEqual(still.next, { phase: 'Closed', at: T + 31 * MINUTE });
    const down = plan(16 * MINUTE + 100, {
      ...soldOut,
      capacityHeld: false,
      record: { ...record, phase: 'Closed', closedAt: T + 16 * MINUTE },
    });
    assert.equal(down.phase, 'ScaledDown');
  });

  it('is Closing at closesAt until those inside are done, at most one checkout long', () => {
    const inside = { ...open, figures: { ...figures, sold: 5, active: 3 } };
    assert.equal(plan(2 * HOUR, inside).phase, 'Closing');
    assert.equal(plan(2 * HOUR + 15 * MINUTE, inside).phase, 'Closed');
    assert.equal(plan(2 * HOUR, { ...open, figures }).phase, 'Closed');
    assert.equal(plan(2 * HOUR, { ...open, figures: undefined }).phase, 'Closing');
  });

  it('keeps its capacity until the cooldown is over', () => {
    const closed = { ...open, figures, record: { ...open.record, phase: 'Closed' as Phase, closedAt: T + 2 * HOUR } };
    assert.deepEqual(kinds(plan(2 * HOUR + 14 * MINUTE, closed)), ['refresh-figures']);
    assert.match(plan(2 * HOUR + 14 * MINUTE, closed).message, /capacity is kept until 2027-01-10T05:15:00Z/);
    const due = plan(2 * HOUR + 15 * MINUTE, closed);
    assert.deepEqual(kinds(due), ['refresh-figures', 'release-capacity']);
    assert.equal(due.message, 'closed; capacity is being given back');
  });

  it('does not open again once closed for good, keeps its cooldown, and says that closesAt came too late', () => {
    const accepted = { preQueueAt: T - 30 * MINUTE, opensAt: T, closesAt: T + 2 * HOUR };
    const record = { ...open.record, accepted, phase: 'Closed' as Phase, closedAt: T + 2 * HOUR };
    const extended = plan(2 * HOUR + 5 * MINUTE, { ...open, figures, record }, specOf({ closesAt: at(5 * HOUR) }));
    assert.equal(extended.phase, 'Closed');
    assert.deepEqual(kinds(extended), ['refresh-figures']);
    assert.equal(extended.times.closesAt, T + 2 * HOUR);
    assert.match(
      extended.refusedEdit ?? '',
      /closesAt was edited after the doors had closed.*2027-01-10T05:00:00Z.*new EventSale/,
    );
    // While buyers are still inside it may be extended.
    const inside = {
      ...open,
      figures: { ...figures, active: 3 },
      record: { ...open.record, accepted, phase: 'Closing' as Phase },
    };
    assert.equal(plan(2 * HOUR + MINUTE, inside, specOf({ closesAt: at(5 * HOUR) })).phase, 'Open');
  });

  it('never moves its opening, also when Redis lost the gate', () => {
    const result = plan(MINUTE, {
      gate: null,
      record: { phase: 'Open', openedAt: T, gate: liveGate },
      capacityHeld: true,
    });
    assert.equal(result.phase, 'Open');
    assert.equal(gateOf(result)?.opensAtMs, T);
  });

  it('may be ended early by its organiser', () => {
    const accepted = { preQueueAt: T - 30 * MINUTE, opensAt: T, closesAt: T + 2 * HOUR };
    const record = { ...open.record, accepted };
    const sooner = specOf({ closesAt: at(5 * MINUTE) });
    const still = plan(MINUTE, { ...open, record }, sooner);
    assert.equal(still.phase, 'Open');
    assert.equal(still.refusedEdit, undefined);
    assert.equal(gateOf(still)?.closesAtMs, T + 5 * MINUTE);
    const over = plan(5 * MINUTE, { ...open, record, figures }, sooner);
    assert.equal(over.phase, 'Closed');
    assert.ok(kinds(over).includes('close-gate'));
  });

  it('refuses every edit of its opening', () => {
    const accepted = { preQueueAt: T - 30 * MINUTE, opensAt: T, closesAt: T + 2 * HOUR };
    const result = plan(
      MINUTE,
      { ...open, record: { ...open.record, accepted } },
      specOf({ opensAt: at(HOUR), preQueueAt: at(50 * MINUTE) }),
    );
    assert.equal(result.phase, 'Open');
    assert.match(result.refusedEdit ?? '', /spec.schedule.opensAt was edited after arming.*the sale has opened/);
  });
});

describe('edits of the schedule', () => {
  const accepted = { preQueueAt: T - 30 * MINUTE, opensAt: T, closesAt: T + 2 * HOUR };
  const armed = {
    ready: true,
    gateProved: true,
    gate: liveGate,
    record: {
      phase: 'Armed' as Phase,
      accepted,
      decision: { about: T, verdict: 'Open' as const, opensAt: T, at: T - 10 * MINUTE, reason: '' },
    },
  };
  const later = specOf({ opensAt: at(HOUR) });

  it('are free before arming, and move the gate at once', () => {
    const result = plan(-35 * MINUTE, { gate: liveGate, capacityHeld: true, record: { accepted } }, later);
    assert.equal(gateOf(result)?.opensAtMs, T + HOUR);
    const farAway = specOf({ opensAt: at(48 * HOUR), preQueueAt: at(47 * HOUR), closesAt: at(49 * HOUR) });
    const pending = plan(-35 * MINUTE, { gate: liveGate, capacityHeld: true, record: { accepted } }, farAway);
    assert.equal(pending.phase, 'Pending');
    assert.deepEqual(kinds(pending), ['release-capacity', 'write-gate']);
    assert.equal(gateOf(pending)?.opensAtMs, T + 48 * HOUR);
  });

  it('are refused after arming, unless the annotation names the new instant', () => {
    const refused = plan(-5 * MINUTE, armed, later);
    assert.equal(refused.phase, 'Armed');
    assert.equal(gateOf(refused)?.opensAtMs, T);
    assert.match(refused.refusedEdit ?? '', /ticketbottle.io\/reschedule=2027-01-10T04:00:00Z/);
    const allowed = plan(-5 * MINUTE, { ...armed, rescheduleTo: T + HOUR }, later);
    assert.equal(allowed.refusedEdit, undefined);
    assert.equal(allowed.times.opensAt, T + HOUR);
    assert.equal(gateOf(allowed)?.opensAtMs, T + HOUR);
  });
});

describe('a sale that was taken over from another region', () => {
  const open = { gate: liveGate, capacityHeld: true, record: { phase: 'Standby' as const, openedAt: T } };
  it('lets nobody in until stock of paid orders that is lost here was looked at, and is open all the same', () => {
    const waits = plan(MINUTE, { ...open, booksAwaited: true });
    assert.deepEqual([waits.phase, gateOf(waits)?.paused, gateOf(waits)?.opensAtMs], ['Open', true, T]);
    assert.match(waits.message, /admissions wait/);
    assert.equal(gateOf(plan(MINUTE, { ...open, booksAwaited: false }))?.paused, false);
  });
});

describe('a suspended sale', () => {
  const spec = specOf({}, { suspend: true });
  it('pauses its gate and keeps what it has', () => {
    const result = plan(MINUTE, { gate: liveGate, capacityHeld: true, record: { phase: 'Open', openedAt: T } }, spec);
    assert.equal(result.phase, 'Suspended');
    assert.equal(gateOf(result)?.paused, true);
    assert.ok(!kinds(result).includes('release-capacity'));
  });
  it('is over at closesAt all the same', () => {
    assert.equal(plan(2 * HOUR, {}, spec).phase, 'Closed');
  });
});

describe('whatever happens', function () {
  // Hundreds of random lives of a sale each: on a busy machine more than the usual time.
  this.timeout(120_000);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('wake' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('down' as const), ms: fc.integer({ min: 0, max: 3 * HOUR }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('ready' as const), value: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('redis' as const), up: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('lose-gate' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('clock' as const), offMs: fc.integer({ min: -HOUR, max: HOUR }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), offMs: fc.constant(0) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('old-leader' as const), passesAgo: fc.integer({ min: 1, max: 8 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), value: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('sell' as const), sold: fc.integer({ min: 0, max: 100 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('edit' as const), ms: fc.integer({ min: -2 * HOUR, max: 5 * HOUR }) }),
    },
  );
  const story = fc.record({
    policy: fc.constantFrom('Hold' as const, 'OpenAnyway' as const, 'Abort' as const),
    createdBefore: fc.integer({ min: -2 * HOUR, max: 5 * HOUR }),
    preQueueBefore: fc.integer({ min: 0, max: HOUR }),
    lead: fc.constantFrom('1m', '30m', 'Auto', '2h'),
    steps: fc.array(step, { maxLength: 60 }),
  });

  function tell(tale: typeof story extends fc.Arbitrary<infer S> ? S : never): SaleWorld {
    const spec = specOf(
      { preQueueAt: at(-tale.preQueueBefore), prescaleLead: tale.lead },
      { onNotReady: { policy: tale.policy, maxDelay: '2m' } },
    );
    const world = new SaleWorld(spec, T - tale.createdBefore);
    for (const one of tale.steps) world.play(one);
    return world;
  }

  it('no gate opens before the instant that was accepted', () => {
    fc.assert(
      fc.property(story, (tale) => {
        const world = tell(tale);
        for (const write of world.writes) assert.ok(write.opensAtMs >= write.accepted, JSON.stringify(write));
      }),
      { numRuns: 300 },
    );
  });

  it('a gate that has opened is never moved', () => {
    fc.assert(
      fc.property(story, (tale) => {
        const world = tell(tale);
        assert.deepEqual(world.movedAfterOpening, []);
      }),
      { numRuns: 300 },
    );
  });

  it('phases only go back where the world did', () => {
    const allowedBack: Partial<Record<Phase, readonly Phase[]>> = {
      // A replica that fails, or a schedule that moves.
      Ready: ['Prescaling', 'Pending'],
      Prescaling: ['Pending'],
      Armed: ['Prescaling', 'Ready', 'Pending'],
      Held: ['Pending', 'Prescaling', 'Ready'],
      SoldOut: ['Open'],
      Missed: ['Pending', 'Prescaling', 'Ready', 'Held', 'Armed'],
      Aborted: ['Pending', 'Prescaling', 'Ready', 'Held', 'Armed', 'Missed'],
      Closed: ['Pending', 'Prescaling', 'Held', 'Missed', 'Aborted', 'Armed', 'Ready'],
      ScaledDown: ['Pending', 'Prescaling', 'Held', 'Missed', 'Aborted', 'Armed', 'Ready'],
    };
    const order: readonly Phase[] = [
      'Pending',
      'Prescaling',
      'Ready',
      'Held',
      'Armed',
      'Missed',
      'Aborted',
      'Open',
      'SoldOut',
      'Closing',
      'Closed',
      'ScaledDown',
    ];
    fc.assert(
      fc.property(story, (tale) => {
        // What an old leader says stands until the next pass; gates and capacity do not follow it, as shown above.
        const world = tell({ ...tale, steps: tale.steps.filter((one) => one.do !== 'old-leader') });
        let opened = false;
        for (const [from, to] of world.transitions) {
          if (from === 'Open' || from === 'SoldOut' || from === 'Closing') opened = true;
          if (from === 'Suspended' || to === 'Suspended' || from === undefined) continue;
          if (order.indexOf(to) >= order.indexOf(from)) continue;
          assert.ok(allowedBack[from]?.includes(to), `${from} -> ${to}`);
          // Once buyers were inside, nothing leads back before the opening.
          if (opened) assert.ok(to === 'Open', `${from} -> ${to} after opening`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('every state has a way out: left alone, a sale ends scaled down with its capacity given back', () => {
    fc.assert(
      fc.property(story, (tale) => {
        const world = tell(tale);
        world.leaveAlone();
        assert.equal(world.phase, 'ScaledDown');
        assert.equal(world.capacityHeld, false);
      }),
      { numRuns: 100 },
    );
  });

  it('a ready sale whose operator is up before the deadline opens at its instant, whatever the policy', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Hold' as const, 'OpenAnyway' as const, 'Abort' as const),
        fc.integer({ min: 60_000, max: 6 * HOUR }),
        fc.integer({ min: 0, max: HOUR }),
        (policy, createdBefore, crashAfter) => {
          const spec = specOf({}, { onNotReady: { policy, maxDelay: '2m' } });
          const world = new SaleWorld(spec, T - createdBefore);
          world.play({ do: 'ready', value: true });
          while (world.phase !== 'Armed' && world.now < T) world.play({ do: 'wake' });
          assert.equal(world.phase, 'Armed');
          // From here on the operator is away.
          world.now += crashAfter;
          assert.equal(world.gate?.opensAtMs, T);
          assert.equal(world.gate?.paused, false);
        },
      ),
    );
  });

  it('a pass that finds nothing new changes nothing: no action is done twice', () => {
    fc.assert(
      fc.property(story, (tale) => {
        const world = tell(tale);
        // A phase that is only passed through goes on with the next look; after that all is said.
        for (let pass = 0; pass < 3; pass++) world.reconcile();
        const { gate, capacityHeld, phase } = world;
        const seen = world.transitions.length;
        world.reconcile();
        assert.deepEqual([world.gate, world.capacityHeld, world.phase], [gate, capacityHeld, phase]);
        assert.equal(world.transitions.length, seen);
      }),
      { numRuns: 300 },
    );
  });

  it('a sale announced a year ahead opens at its instant: no timer is set further than an hour', () => {
    const world = new SaleWorld(specOf(), T - 366 * 24 * HOUR);
    world.play({ do: 'ready', value: true });
    while (world.now < T) world.play({ do: 'wake' });
    assert.equal(world.gate?.opensAtMs, T);
    assert.deepEqual(
      world.transitions.map(([, to]) => to),
      ['Pending', 'Ready', 'Armed', 'Open'],
    );
  });

  it('the hour that a clock change repeats or skips is told by the offset alone', () => {
    // New York, 7 November 2027: 01:30 comes twice. 14 March 2027: 02:30 does not come.
    const opening = (opensAt: string) => {
      const { preQueueAt: _default, ...schedule } = specOf({ opensAt, closesAt: '2027-12-01T00:00:00Z' }).schedule;
      return planSale({ ...specOf(), schedule }, nothing, T).times;
    };
    const first = opening('2027-11-07T01:30:00-04:00');
    const second = opening('2027-11-07T01:30:00-05:00');
    assert.equal(second.opensAt - first.opensAt, HOUR);
    // Leads are spans of real time also across the change.
    const after = opening('2027-03-14T03:05:00-04:00');
    assert.equal(new Date(after.opensAt).toISOString(), '2027-03-14T07:05:00.000Z');
    assert.equal(after.opensAt - after.preQueueAt, 15 * MINUTE);
    assert.equal(after.opensAt - after.prescaleAt, 30 * MINUTE);
  });

  it('always looks again within an hour, and later than now', () => {
    fc.assert(
      fc.property(story, (tale) => {
        for (const pass of tell(tale).passes) {
          assert.ok(pass.wakeAt > pass.now, `${pass.phase} wakes at ${pass.wakeAt - pass.now}`);
          assert.ok(pass.wakeAt <= pass.now + HOUR);
        }
      }),
      { numRuns: 200 },
    );
  });
});
