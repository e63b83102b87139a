import type { PlatformConcern, PlatformReason } from '../api/conditions.ts';
import { type Change, planOf } from '../external/adapter.ts';
import { shortHash } from '../external/canonical-json.ts';
import type { Finding } from './external-memo.ts';
import { failureOf } from './failure.ts';
import type { Pass } from './pass.ts';

/** A problem that somebody must solve; becomes the condition as it is and is tried again with back-off. */
export class ConcernError extends Error {
  override readonly name = 'ConcernError';
  readonly reason: PlatformReason;

  constructor(reason: PlatformReason, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Looks after one external concern through the memo and says its condition. `inputs` is everything that decides what is
 * wanted. Returns the facts found, the last known ones when this look failed, undefined when there were never any, or when
 * the concern belongs to another platform.
 */
export async function lookAfter<T>(
  pass: Pass,
  concern: PlatformConcern,
  inputs: unknown,
  run: (signal: AbortSignal) => Promise<Finding<T>>,
): Promise<T | undefined> {
  const { contested, ctx, memo, report, wishes } = pass;
  if (contested.has(concern)) return undefined;
  const { clock, log, signal } = ctx;
  const wish = shortHash([inputs, pass.observeOnly, pass.operatorVersion]);
  const looked = await memo.look<T>(
    { platformUid: pass.memoUid, concern },
    wish,
    { driftMs: pass.driftMs, nowMs: () => clock.now(), stoodBefore: wishes.stood(concern, wish) },
    async () => {
      try {
        return await run(signal);
      } catch (error) {
        signal.throwIfAborted();
        const finding = findingOfFailure<T>(concern, error);
        log.warn({ err: error, concern, reason: finding.reason }, 'an external concern failed');
        return finding;
      }
    },
  );
  const { finding } = looked;
  if (finding.state === 'ready') wishes.stands(concern, wish);
  if (looked.fresh && finding.applied.length > 0)
    log.info(
      { concern, drifted: looked.drift !== undefined, changes: planOf(finding.applied) },
      'external system changed',
    );
  if (looked.drift !== undefined) {
    const mended = finding.applied.length > 0;
    const changes = planOf(mended ? finding.applied : (finding.found ?? []));
    report.drifted.push({ concern, mended, ...looked.drift, changes });
  }
  report.plan.push(...finding.plan);
  report.say(concern, finding.state === 'ready' ? 'True' : 'False', finding.reason, finding.message);
  report.comeBackIn(looked.nextLookInMs);
  return finding.value;
}

/** The finding of a converged system: ready, on its way, or, when only looking, different. */
export function findingOf<T>(
  pending: readonly Change[],
  applied: readonly Change[],
  value: T,
  says: { readonly ready: string; readonly observeOnly: boolean; readonly againMs?: number },
): Finding<T> {
  const facts = { value, applied: planOf(applied) };
  if (pending.length === 0) return { ...facts, state: 'ready', reason: 'AsSpecified', message: says.ready, plan: [] };
  const lines = pending.map(({ target, action, reason }) => `${action} ${target}: ${reason}`).join('; ');
  const plan = planOf(pending);
  if (says.observeOnly)
    return {
      ...facts,
      state: 'drifted',
      reason: 'Drifted',
      message: `managementPolicy is Observe. Would ${lines}`,
      plan,
      found: plan,
    };
  // As a failure, so that the outside is asked ever less often.
  if (pending.some(({ byHand }) => byHand === true))
    return { ...facts, state: 'failed', reason: 'Refused', message: lines, plan: [] };
  const waiting = { ...facts, state: 'waiting' as const, reason: 'Progressing' as const, message: lines, plan: [] };
  return says.againMs === undefined ? waiting : { ...waiting, againMs: says.againMs };
}

function findingOfFailure<T>(concern: PlatformConcern, error: unknown): Finding<T> {
  const rest = { value: undefined, plan: [], applied: [] };
  if (error instanceof ConcernError) return { ...rest, state: 'failed', reason: error.reason, message: error.message };
  return { ...rest, ...failureOf(concern, error) };
}
