import { describe } from '#operator/external/gateway-calls.ts';
import { GateRefused, type ObservedGate } from '#operator/external/sale-gate.ts';
import { GATE_FIELD } from '#proto/names.ts';
import type { Pass, SaleFacts } from './pass.ts';
import { desiredGate, gateFacts, proveGate } from './prescale/waitroom-gate.ts';
import { gateRegion } from './region.ts';
import type { Action, SalePlan, WantedGate } from './sale-facts.ts';

/** For looking and closing, where instants do not matter. */
export const EMPTY_GATE: WantedGate = { preQueueAtMs: 0, opensAtMs: 0, closesAtMs: 0, armedAtMs: 0, paused: false };

/** The whole gate for these times. */
export function gateOf(pass: Pass, wanted: WantedGate, plan?: SalePlan) {
  const { sale, eventId, capacity, platform } = pass;
  const region = gateRegion(sale, platform);
  return desiredGate({ sale, eventId, capacity, region, fencingToken: pass.fencingToken() }, wanted, plan);
}

/** What the status shows of a gate beside its instants. */
export function gateDetails(seen: ObservedGate | undefined) {
  if (seen === undefined) return {};
  const generation = seen.fields?.[GATE_FIELD.generation];
  return {
    seedCommitment: seen.fields?.[GATE_FIELD.seedCommitment],
    gateGeneration: generation === undefined ? undefined : Number(generation),
    clockOffsetMs: seen.offsetMs,
  };
}

/** Brings the gate to what is wanted and reads it back. */
export async function writeGate(
  pass: Pass,
  facts: SaleFacts,
  action: Extract<Action, { kind: 'write-gate' }>,
  plan: SalePlan,
): Promise<SaleFacts> {
  if (facts.link === undefined || facts.gateSeen === undefined)
    return { ...facts, gateFailure: 'Redis cannot be reached: the gate stays as it is' };
  try {
    const desired = gateOf(pass, action.gate, plan);
    const { observed, proved, written } = await proveGate(facts.link.gate, desired, facts.gateSeen, pass.signal);
    if (written) pass.log.info({ ...action.gate, proved }, 'gate written');
    return gateNow(pass, facts, observed, proved);
  } catch (error) {
    pass.signal.throwIfAborted();
    if (error instanceof GateRefused && error.verdict === 'TAKEN')
      return { ...facts, gateFailure: error.message, stalled: { reason: 'ResourceConflict', message: error.message } };
    pass.log.warn({ err: error }, 'the gate could not be written');
    return { ...facts, gateFailure: describe(error) };
  }
}

/** Closes the doors, now. */
export async function closeGate(pass: Pass, facts: SaleFacts, plan: SalePlan): Promise<SaleFacts> {
  if (facts.link === undefined || facts.gateSeen === undefined || facts.gate === null) return facts;
  try {
    const desired = gateOf(pass, EMPTY_GATE, plan);
    await facts.link.gate.remove(desired, pass.signal);
    return gateNow(pass, facts, await facts.link.gate.observe(desired, pass.signal), true);
  } catch (error) {
    pass.signal.throwIfAborted();
    pass.log.warn({ err: error }, 'the gate could not be closed');
    return { ...facts, gateFailure: describe(error) };
  }
}

function gateNow(pass: Pass, facts: SaleFacts, gateSeen: ObservedGate, gateProved: boolean): SaleFacts {
  const gate = gateFacts(gateSeen, gateOf(pass, EMPTY_GATE));
  return {
    ...facts,
    gateSeen,
    gate,
    gateProved,
    ...gateDetails(gateSeen),
    clockOffsetMs: facts.clockOffsetMs ?? gateSeen.offsetMs,
    observed: { ...facts.observed, gate, gateProved },
  };
}
