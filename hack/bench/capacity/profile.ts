import type { Medians } from '../benchmark.ts';

/** Above that, waiting grows faster than work on one thread. */
export const SHARE_OF_CORE = 0.7;
/** What `streams` of the capacity model never goes beyond. */
const MAX_STREAMS = 20_000;

/** `services` of a TicketBottlePlatform with what was measured, ready to paste. */
export function profileOf(medians: Medians): string {
  const rps = (side: string, figure: string) => roundDown((SHARE_OF_CORE * 1000) / of(medians, side, figure));
  const percent = of(medians, 'streams', 'cpuPercentPerThousand');
  const streams = Math.min(MAX_STREAMS, roundDown((SHARE_OF_CORE * 100 * 1000) / percent));
  const hotRow = roundDown(of(medians, 'hot-row', 'perSecond'));
  return [
    'services:',
    `  gateway: { capacityPerReplica: { requestsPerSecond: ${rps('join', 'gatewayCpuMs')}, streams: ${streams} } }`,
    `  waitroom: { capacityPerReplica: { requestsPerSecond: ${rps('join', 'waitroomCpuMs')} } }`,
    `  inventory: { capacityPerReplica: { requestsPerSecond: ${rps('inventory', 'cpuMs')}, hotRowPerSecond: ${hotRow} } }`,
    `  order: { capacityPerReplica: { requestsPerSecond: ${rps('purchase', 'orderCpuMs')} } }`,
    `  payment: { capacityPerReplica: { requestsPerSecond: ${rps('purchase', 'paymentCpuMs')} } }`,
  ].join('\n');
}

function of(medians: Medians, side: string, figure: string): number {
  const value = medians[side]?.[figure];
  if (value === undefined || !(value > 0)) throw new Error(`${side}: no figure ${figure} above zero`);
  return value;
}

/** Two digits: more would claim to be known. */
function roundDown(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.max(1, Math.floor(value / step) * step);
}
