import { describe } from '#operator/external/gateway-calls.ts';

/** One thing that must be true before the doors open. Lines are shown in `status.prescale`. */
export interface PrescaleLine {
  /** Stable name, for instance `replicas/gateway`. */
  readonly what: string;
  readonly want: string;
  readonly have: string;
  readonly ready: boolean;
  /** What is in the way and what to do, when not ready. */
  readonly message?: string;
  /** An edit of the spec that this refuses, with the numbers and the mend; shown as a condition. */
  readonly refusal?: string;
}

/** What hangs on others comes after them, so that the first line that is not ready is the cause and not a consequence. */
const CAUSES_FIRST = [
  'redis',
  'clock',
  'postgres',
  'capacity',
  'nodes',
  'platform',
  'floor',
  'scale-in',
  'disruptions',
  'kafka',
  'lambda',
  'dynamodb',
  'replicas',
  'event',
  'inventory',
  'serving',
  'placeholders',
  'warm-up',
  'rehearsal',
  'gate',
];

/** The lines not ready; first what somebody asked for and cannot have, then causes before consequences. */
function missing(lines: readonly PrescaleLine[]): PrescaleLine[] {
  const weight = ({ what, refusal }: PrescaleLine) => {
    const at = CAUSES_FIRST.indexOf(what.split('/')[0] ?? '');
    return refusal !== undefined ? -1 : at < 0 ? CAUSES_FIRST.length : at;
  };
  return lines.filter((line) => !line.ready).sort((a, b) => weight(a) - weight(b));
}

/** The lines not ready, by name, for one sentence. */
export function waitingFor(lines: readonly PrescaleLine[]): string {
  const open = missing(lines).map((line) => line.what);
  return open.length <= 4 ? open.join(', ') : `${open.slice(0, 4).join(', ')} and ${open.length - 4} more`;
}

/** What to do about the line that most of the others hang on; '' where none says. */
export function firstHint(lines: readonly PrescaleLine[]): string {
  const hint = missing(lines).find((line) => line.message !== undefined);
  return hint === undefined ? '' : `${hint.what}: ${hint.message}`;
}

/** What fails, or is refused, is a line that is not ready and says why: it must not keep the other steps from being done. */
export async function guarded(
  what: string,
  want: string,
  signal: AbortSignal,
  find: () => Promise<PrescaleLine>,
  /** Where it is said what was asked, and what is known of it. */
  see?: string,
): Promise<PrescaleLine> {
  try {
    return await find();
  } catch (error) {
    signal.throwIfAborted();
    const message = see === undefined ? describe(error) : `${describe(error)}; see ${see}`;
    return { what, want, have: 'unknown', ready: false, message };
  }
}
