import { gauge, type Registry } from '#runtime/metrics.ts';
import type { RoomSnapshot } from './snapshot.ts';

/** `waitroom_*{event_id}`: what the room looked like at the last run. Every replica says the same; take the maximum. */
export function roomMetrics(registry: Registry): (eventId: string, snapshot: RoomSnapshot) => void {
  const room = (name: string, help: string) => gauge(registry, `waitroom_${name}`, help, ['event_id']);
  const waiting = room('waiting', 'Accounts in the queue');
  const active = room('active', 'Accounts that are checking out');
  const issued = room('issued', 'Numbers given so far');
  const served = room('served', 'Last place that may claim');
  const admitted = room('admitted', 'Claims granted so far');
  const abandoned = room('abandoned', 'Accounts that left or let their window pass');
  const bypassed = room('bypassed', 'Tokens given past the queue, apart from the admitted');
  const idled = room('idled', 'Accounts that lost their place by silence; part of the abandoned');
  const failovers = room('failovers', 'Failovers of Redis that the room lived through');
  const rate = room('admission_rate', 'Admissions per second, moving average');
  return (event_id, snapshot) => {
    waiting.set({ event_id }, snapshot.waiting);
    active.set({ event_id }, snapshot.active);
    issued.set({ event_id }, snapshot.issued);
    served.set({ event_id }, snapshot.served);
    admitted.set({ event_id }, snapshot.admitted);
    abandoned.set({ event_id }, snapshot.abandoned);
    bypassed.set({ event_id }, snapshot.bypassed);
    idled.set({ event_id }, snapshot.idled);
    failovers.set({ event_id }, snapshot.failovers);
    rate.set({ event_id }, snapshot.ratePerSecond);
  };
}
