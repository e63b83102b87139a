import { hasRaised } from '#operator/api/sale-standing.ts';
import { describe } from '#operator/external/gateway-calls.ts';
import type { ObservedGate } from '#operator/external/sale-gate.ts';
import { closeGate, EMPTY_GATE, gateDetails, gateOf, writeGate } from './gate-steps.ts';
import { booksOf, type LiveFigures, readFigures, tellRoom } from './live-figures.ts';
import type { Pass, SaleFacts } from './pass.ts';
import type { PlatformLink } from './platform-links.ts';
import { firstHint, waitingFor } from './prescale/line.ts';
import { prescale } from './prescale/prescale.ts';
import { rehearsalLine, rehearsalWish } from './prescale/rehearsal.ts';
import { gateFacts, gateLine } from './prescale/waitroom-gate.ts';
import { recordOf } from './record.ts';
import { gateRegion } from './region.ts';
import { giveBack, holdsCapacity } from './release.ts';
import type { ObservedSale, SalePlan, WantedGate } from './sale-facts.ts';
import { isTakenOver } from './takeover.ts';
import { planSale } from './timeline.ts';

/** Annotation that lets one edit of an armed schedule through: the new opensAt. */
export const RESCHEDULE_ANNOTATION = 'ticketbottle.io/reschedule';
/** Annotation that asks for a look at the books whatever the phase, after a restore for instance. Each new value asks again. */
export const READ_BOOKS_ANNOTATION = 'ticketbottle.io/read-books';

/**
 * Finds out where everything stands, bringing what is prepared on the way to where it must be: raising a floor and looking
 * at it are one step. Failures of the outside are facts too; this throws only when the reconcile was aborted.
 */
export async function takePart(pass: Pass): Promise<SaleFacts> {
  const { sale, platform, clock, signal } = pass;
  const { link, failure } = linkOf(pass);
  const gateSeen = link === undefined ? undefined : await lookAtGate(pass, link);
  const record = recordOf(sale);
  const rescheduleTo = sale.metadata.annotations?.[RESCHEDULE_ANNOTATION];
  const hopeful: ObservedSale = {
    createdAt: Date.parse(sale.metadata.creationTimestamp),
    record,
    blocked: pass.blocked,
    ready: true,
    waitingFor: '',
    gate: gateSeen === undefined ? undefined : gateFacts(gateSeen, gateOf(pass, EMPTY_GATE)),
    gateProved: false,
    capacityHeld: holdsCapacity(pass),
    rescheduleTo: rescheduleTo === undefined ? undefined : Date.parse(rescheduleTo),
  };
  const { books: watch } = pass.memory;
  if (isTakenOver(hopeful.gate, gateRegion(sale, platform)?.term ?? 0)) watch.takenOver(clock.monotonic());
  // What to look at depends on the phase; what looking finds never makes a sale look at less.
  const outline = planSale(sale.spec, hopeful, clock.now(), pass.autoLeadMs);
  const asked = new Set(outline.actions.map((action) => action.kind));
  const wanted = asked.has('refresh-figures') || sale.metadata.annotations?.[READ_BOOKS_ANNOTATION] !== undefined;
  const figures = wanted && link !== undefined ? await lookAtFigures(pass, link) : undefined;
  const seen = { link, gateSeen, gate: hopeful.gate, gateProved: false, figures, ...gateDetails(gateSeen) };
  const observed: ObservedSale = {
    ...hopeful,
    booksAwaited: watch.isAwaited(figures?.orders?.ticketWithoutStock === 0, clock.monotonic()),
    figures: {
      sold: figures?.stock?.sold,
      total: figures?.stock?.total,
      active: figures?.room?.active,
      pending: figures?.orders?.pending,
    },
  };
  const books = figures === undefined ? undefined : booksOf(figures);
  const booksLost = figures !== undefined && watch.isLost(books !== undefined, clock.monotonic());

  if (!asked.has('prescale') || platform === undefined || link === undefined) {
    const waiting = pass.blocked?.message ?? failure ?? 'the platform';
    const lines = observed.capacityHeld ? (sale.status?.prescale ?? []).filter((line) => line.what !== 'gate') : [];
    return { ...seen, observed: { ...observed, ready: false, waitingFor: waiting }, lines, books, booksLost };
  }
  if (!hasRaised(sale)) return { ...seen, observed, lines: [], beginning: outline.phase };
  const found = await prescale({
    ...pass,
    platform,
    ticketing: link.ticketing,
    redis: link.redis,
    gate: gateSeen,
    times: outline.times,
    floors: Object.fromEntries(pass.capacity.services.map((line) => [line.service, line.replicas])),
  });
  signal.throwIfAborted();
  const rehearsal = sale.spec.rehearsal.enabled ? pass.rehearsals.facts(sale, record.prescaleStartedAt) : undefined;
  const now = clock.now();
  const startedAt = Math.max(record.prescaleStartedAt ?? now, hopeful.createdAt);
  const wish = rehearsalWish(sale, outline.times, startedAt, now);
  const lines = rehearsal === undefined ? found : [...found, rehearsalLine(rehearsal, wish)];
  const ready = lines.every((line) => line.ready);
  return {
    ...seen,
    observed: { ...observed, ready, waitingFor: waitingFor(lines), hint: firstHint(lines), capacityHeld: true },
    lines,
    rehearsal,
    wish,
    books,
    booksLost,
  };
}

/** Does what the plan says, each step repeatable, and tells how things stand afterwards. */
export async function carryOut(pass: Pass, facts: SaleFacts, plan: SalePlan): Promise<SaleFacts> {
  let now = facts;
  let wanted: WantedGate | undefined;
  for (const action of plan.actions) {
    if (action.kind === 'write-gate') {
      wanted = action.gate;
      now = await writeGate(pass, now, action, plan);
    } else if (action.kind === 'close-gate') now = await closeGate(pass, now, plan);
    else if (action.kind === 'release-capacity') now = await releaseCapacity(pass, now);
    else if (action.kind === 'refresh-figures') await tellSoldOut(pass, now);
  }
  const undecided = plan.decision === undefined || plan.decision.verdict === 'Hold';
  if (plan.actions.some((action) => action.kind === 'rehearse') && undecided) now = startRehearsal(pass, now);
  if (now.lines.length === 0 || plan.phase === 'Closed' || plan.phase === 'Closing') return now;
  const lines = [...now.lines, gateLine(wanted, now.gate, now.gateProved, now.gateFailure)];
  return { ...now, lines, observed: { ...now.observed, waitingFor: now.observed.waitingFor || waitingFor(lines) } };
}

/** None where another region serves: its stores and services are looked at from there. */
function linkOf({ platform, links, blocked }: Pass): { link?: PlatformLink; failure?: string } {
  if (platform === undefined || blocked?.standby) return {};
  try {
    return { link: links.of(platform) };
  } catch (error) {
    return { failure: describe(error) };
  }
}

/** Undefined when Redis cannot be asked: then what was written last counts. */
async function lookAtGate(pass: Pass, link: PlatformLink): Promise<ObservedGate | undefined> {
  try {
    return await link.gate.observe(gateOf(pass, EMPTY_GATE), pass.signal);
  } catch (error) {
    pass.log.warn({ err: error }, 'the gate cannot be read');
    return undefined;
  }
}

/** While a sale runs its orders are counted at every third look; once it ends, is sold out, or was taken over, at every one. */
const ORDERS_EVERY_MS = 9_000;

async function lookAtFigures(pass: Pass, link: PlatformLink): Promise<LiveFigures> {
  const { clock, eventId, log, memory, sale, signal } = pass;
  const now = clock.monotonic();
  const due = now - memory.ordersReadAt >= ORDERS_EVERY_MS || memory.books.isAwaited(false, now);
  const withOrders = sale.status?.phase !== 'Open' || due;
  if (withOrders) memory.ordersReadAt = now;
  return await readFigures({
    ticketing: link.ticketing,
    eventId,
    withOrders,
    signal,
    onFailure: (error, part) => log.warn({ err: error, part }, 'figures of the sale cannot be read'),
  });
}

async function releaseCapacity(pass: Pass, facts: SaleFacts): Promise<SaleFacts> {
  const { platform, signal, log } = pass;
  if (platform !== undefined) {
    const left = await giveBack({ ...pass, platform, zones: await pass.zones(signal) });
    for (const { what, error } of left) log.warn({ err: error, what }, 'could not be given back yet');
    // Held until everything went back: the next pass goes on.
    if (left.length > 0) return { ...facts, left: left.map(({ what, error }) => `${what}: ${describe(error)}`) };
  }
  return { ...facts, lines: [], observed: { ...facts.observed, capacityHeld: false } };
}

async function tellSoldOut(pass: Pass, facts: SaleFacts): Promise<void> {
  if (facts.link === undefined || facts.figures === undefined) return;
  try {
    await tellRoom(facts.link.ticketing, pass.eventId, facts.figures, pass.signal);
  } catch (error) {
    pass.signal.throwIfAborted();
    pass.log.warn({ err: error }, 'the room could not be told whether the sale is sold out');
  }
}

/** Once all else stands: a purchase through a half-ready platform would only fail. */
function startRehearsal(pass: Pass, facts: SaleFacts): SaleFacts {
  const { link, rehearsal, wish, gate, lines } = facts;
  if (link === undefined || rehearsal === undefined || wish === undefined) return facts;
  if (gate === undefined || gate === null) return facts;
  if (lines.some((line) => line.what !== 'rehearsal' && !line.ready)) return facts;
  const { sale, eventId } = pass;
  const scope = { sale, eventId, ticketing: link.ticketing, passwordSecret: link.passwordSecret };
  pass.rehearsals.start(scope, rehearsal, wish, `${sale.metadata.namespace}/${sale.metadata.name}`);
  const started = { ...rehearsal, ...pass.rehearsals.facts(sale, facts.observed.record.prescaleStartedAt) };
  return {
    ...facts,
    rehearsal: started,
    lines: lines.map((line) => (line.what === 'rehearsal' ? rehearsalLine(started, wish) : line)),
  };
}
