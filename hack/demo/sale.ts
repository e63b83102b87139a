import { createInterface } from 'node:readline';
import type { Kubectl } from './kubectl.ts';
import { NAMESPACE } from './manifests.ts';
import type { Condition } from './waiting.ts';

/** What the demo reads of an EventSale. */
export interface Sale {
  metadata: { name: string; uid: string; generation: number };
  spec: { schedule: { opensAt: string; preQueueAt: string; closesAt: string } };
  status?: {
    phase?: string;
    eventId?: string;
    phases?: { phase: string; at: string }[];
    prescale?: { what: string; want: string; have: string; ready: boolean }[];
    capacityPlan?: { service: string; replicas: number; reason: string }[];
    conditions?: Condition[];
    report?: { openSkewMs?: number; readyMarginSeconds?: number };
    ledger?: { oversold: number; paidWithoutTicket: number; ticketWithoutPayment: number };
  };
}

export async function getSale(kubectl: Kubectl, name: string): Promise<Sale> {
  return await kubectl.json<Sale>(['get', 'eventsale', name, '-n', NAMESPACE]);
}

/**
 * `kubectl get eventsales -w` as ops would type it: prints the header and every line whose phase is new. Stops with the
 * signal.
 */
export function watchSale(kubectl: Kubectl, name: string, print: (line: string) => void, signal: AbortSignal): void {
  const child = kubectl.spawn(['get', 'eventsale', name, '-n', NAMESPACE, '--watch']);
  const stop = () => {
    child.kill();
    // Whatever still holds the pipe must not keep the demo from ending.
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (child.stdout === null) return;
  let lastPhase = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    const phase = line.split(/\s+/)[1] ?? '';
    if (line.startsWith('NAME') || phase !== lastPhase) print(line);
    lastPhase = phase;
  });
  // A watch that the API server ends is begun again; phases that came meanwhile stand in status.phases.
  child.on('close', () => {
    if (!signal.aborted) setTimeout(() => watchSale(kubectl, name, print, signal), 500);
  });
}
