import type { Medians, WholeRun } from '../benchmark.ts';

/** Above that, waiting grows faster than work on one thread. */
export const SHARE_OF_CORE = 0.7;
/** What `streams` of the capacity model never goes beyond. */
const MAX_STREAMS = 20_000;

/** What one replica of each service carries: lines of `service: { figures }`, in YAML and in TypeScript alike. */
function figuresOf(medians: Medians): readonly (readonly [service: string, figures: string])[] {
  const rps = (side: string, figure: string) =>
    `requestsPerSecond: ${roundDown((SHARE_OF_CORE * 1000) / of(medians, side, figure))}`;
  const percent = of(medians, 'streams', 'cpuPercentPerThousand');
  const streams = Math.min(MAX_STREAMS, roundDown((SHARE_OF_CORE * 100 * 1000) / percent));
  const hotRow = roundDown(of(medians, 'hot-row', 'perSecond'));
  return [
    ['gateway', `${rps('join', 'gatewayCpuMs')}, streams: ${streams}`],
    ['waitroom', rps('join', 'waitroomCpuMs')],
    ['inventory', `${rps('inventory', 'cpuMs')}, hotRowPerSecond: ${hotRow}`],
    ['order', rps('purchase', 'orderCpuMs')],
    ['payment', rps('purchase', 'paymentCpuMs')],
  ];
}

/** `services` of a TicketBottlePlatform with what was measured, ready to paste. */
export function profileOf(medians: Medians, timeMs: number): string {
  const measuredAt = `measuredAt: ${new Date(timeMs).toISOString().slice(0, 10)}T00:00:00Z`;
  const lines = figuresOf(medians).map(
    ([service, figures]) => `  ${service}: { capacityPerReplica: { ${figures}, ${measuredAt} } }`,
  );
  return ['services:', ...lines].join('\n');
}

export const DEFAULTS_FILE = 'operator/eventsale/default-capacity.ts';

/** The operator's own defaults with what this run measured, and where it was measured. */
export function defaultsOf({ medians, machine, time, rounds, versions }: WholeRun, before: string): string {
  const begin = 'export const DEFAULT_CAPACITY';
  const [declaration] = before.slice(before.indexOf(begin)).split(' = {');
  const at = before.indexOf('import type');
  if (!before.includes(begin) || at < 0) throw new Error(`${DEFAULTS_FILE} no longer looks as it did: mend defaultsOf`);
  const facts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '// `npm run bench -- capacity --write` writes this file. Do not edit: a platform says what it knows in capacityPerReplica.',
    `// Measured ${time.slice(0, 10)}: a replica with a core of its own, busy for ${SHARE_OF_CORE * 100} % of it, in ${rounds} rounds on`,
    `// ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, load before ${machine.loadBefore}.`,
    `// ${facts.join(', ')}.`,
    `${before.slice(at, before.indexOf(begin))}${declaration} = {`,
    ...figuresOf(medians).map(([service, figures]) => `  ${service}: { ${figures} },`),
    '};',
    '',
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
