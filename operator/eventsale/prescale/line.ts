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

/** The lines not ready, by name, for one sentence. */
export function waitingFor(lines: readonly PrescaleLine[]): string {
  const open = lines.filter((line) => !line.ready).map((line) => line.what);
  return open.length <= 4 ? open.join(', ') : `${open.slice(0, 4).join(', ')} and ${open.length - 4} more`;
}

/** What fails, or is refused, is a line that is not ready and says why: it must not keep the other steps from being done. */
export async function guarded(
  what: string,
  want: string,
  signal: AbortSignal,
  find: () => Promise<PrescaleLine>,
): Promise<PrescaleLine> {
  try {
    return await find();
  } catch (error) {
    signal.throwIfAborted();
    return { what, want, have: 'unknown', ready: false, message: describe(error) };
  }
}
