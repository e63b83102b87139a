import { isLive, type ObservedSale, type SaleRecord } from './sale-facts.ts';

/** Whether the gate was another region's until now: it stands under an older term of the lease than ours. */
export function isTakenOver(gate: ObservedSale['gate'], term: number): boolean {
  const before = gate?.memory?.term ?? 0;
  return before > 0 && before < term;
}

/**
 * What is known of earlier passes. A gate that was held under a newer term than this object knows of was another region's
 * since, or its status was not written after taking over: then what the gate remembers counts, not what we do. So a sale that
 * goes on here opens no earlier than was announced there, and one that was shut or called off there is not opened again.
 */
export function recordWithGate({ gate, record }: ObservedSale, now: number): SaleRecord {
  const memory = gate?.memory;
  if (!gate || memory === undefined || memory.term <= (record.gateTerm ?? 0)) return record;
  const { announcedAtMs: about, decided, closedAtMs, region } = memory;
  const opened = isLive(gate) && gate.opensAtMs <= now;
  return {
    ...record,
    accepted: { preQueueAt: memory.preQueueAtMs, opensAt: about, closesAt: gate.closesAtMs },
    decision:
      decided === undefined
        ? undefined
        : {
            ...{ about, verdict: decided, opensAt: gate.opensAtMs, reason: `decided in ${region}` },
            at: gate.armedAtMs > 0 ? gate.armedAtMs : now,
          },
    gate: undefined,
    openedAt: opened ? gate.opensAtMs : undefined,
    closedAt: opened ? closedAtMs : undefined,
  };
}
