import { backoffMs } from '#runtime/retry.ts';
import type { PlatformReason } from '../api/conditions.ts';
import type { Change } from '../external/adapter.ts';

/** What looking after one external concern came to. */
export interface Finding<T> {
  /** `drifted`: different, and we were told only to look. */
  readonly state: 'ready' | 'drifted' | 'waiting' | 'failed';
  readonly reason: PlatformReason;
  readonly message: string;
  /** Facts that later concerns and the status need; the last known ones when the look failed. */
  readonly value: T | undefined;
  readonly plan: readonly Change[];
  readonly applied: readonly Change[];
  /** Differences that were only found: nobody here may mend them. */
  readonly found?: readonly Change[];
  /** How soon to look again at the latest, while it waits or is ready. */
  readonly againMs?: number;
}

interface Entry {
  readonly inputs: string;
  readonly driftMs: number;
  readonly finding: Finding<unknown>;
  readonly failures: number;
  /** Looks in a row that found nothing to do but to wait. */
  readonly waits: number;
  /**
   * It was last found just as wanted, and nothing was found changed since: looks that failed tell nothing. Undefined `atMs`: by
   * another leader.
   */
  readonly stood: { readonly atMs: number | undefined } | undefined;
  readonly untilMs: number;
}

export interface Looked<T> {
  readonly finding: Finding<T>;
  /** True when the outside was really asked. */
  readonly fresh: boolean;
  /**
   * The look found, and where it may undid, a change that nobody here asked for. It was made within so many ms; undefined where
   * the look before was that of another leader.
   */
  readonly drift: { readonly withinMs: number | undefined } | undefined;
  readonly nextLookInMs: number;
}

const WAIT_MS = 2_000;
/** An index of a large table is built for hours. */
const MAX_WAIT_MS = 15_000;
const FAILURE_BACKOFF = { initialMs: 2_000, maxMs: 60_000 } as const;

/**
 * Remembers what was found, so that a reconcile without news asks nobody: external systems are looked at again when what we
 * want changes, when `driftMs` changes, after `driftMs` (spread by a tenth, so that many platforms do not look together), or,
 * after a failure, when its back-off is over. Forgets everything with the process, which then looks once at everything.
 */
export class ExternalMemo {
  readonly #entries = new Map<string, Entry>();
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  async look<T>(
    slot: { readonly platformUid: string; readonly concern: string },
    /** Hash of everything that decides what is wanted. */
    inputs: string,
    {
      driftMs,
      nowMs,
      stoodBefore = false,
    }: {
      readonly driftMs: number;
      readonly nowMs: () => number;
      /** The leader before found it just as it is wanted now. */
      readonly stoodBefore?: boolean;
    },
    run: () => Promise<Finding<T>>,
  ): Promise<Looked<T>> {
    const key = `${slot.platformUid} ${slot.concern}`;
    const known = this.#entries.get(key);
    const same = known?.inputs === inputs ? known : undefined;
    if (same !== undefined && same.driftMs === driftMs && nowMs() < same.untilMs)
      // The slot's concern decides T, so what was put in under it comes out.
      return {
        finding: same.finding as Finding<T>,
        fresh: false,
        drift: undefined,
        nextLookInMs: same.untilMs - nowMs(),
      };

    let finding = await run();
    // A failed look does not make the last known facts wrong.
    if (finding.state === 'failed' && finding.value === undefined && known?.finding.value !== undefined)
      finding = { ...finding, value: known.finding.value as T };
    const failures = finding.state === 'failed' ? (same?.failures ?? 0) + 1 : 0;
    const waits = finding.state === 'waiting' && finding.applied.length === 0 ? (same?.waits ?? 0) + 1 : 0;
    const nextLookInMs = this.#nextLook(finding, { failures, waits, driftMs });
    const lookedAtMs = nowMs();
    const before = known === undefined && stoodBefore ? { atMs: undefined } : same?.stood;
    const changed = finding.applied.length + (finding.found?.length ?? 0) > 0;
    const stood =
      finding.state === 'ready' ? { atMs: lookedAtMs } : finding.state === 'failed' && !changed ? before : undefined;
    const untilMs = lookedAtMs + nextLookInMs;
    this.#entries.set(key, { inputs, driftMs, finding, failures, waits, stood, untilMs });
    const withinMs = before?.atMs === undefined ? undefined : lookedAtMs - before.atMs;
    return { finding, fresh: true, drift: before !== undefined && changed ? { withinMs } : undefined, nextLookInMs };
  }

  forget(platformUid: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${platformUid} `)) this.#entries.delete(key);
  }

  #nextLook(
    finding: Finding<unknown>,
    { failures, waits, driftMs }: { readonly failures: number; readonly waits: number; readonly driftMs: number },
  ): number {
    switch (finding.state) {
      case 'ready':
      case 'drifted':
        return Math.min(finding.againMs ?? Number.POSITIVE_INFINITY, driftMs * (0.9 + 0.2 * this.#random()));
      case 'waiting':
        return finding.againMs ?? Math.min(MAX_WAIT_MS, WAIT_MS * 2 ** Math.max(0, waits - 1));
      case 'failed':
        return backoffMs(FAILURE_BACKOFF, failures, this.#random);
    }
  }
}
