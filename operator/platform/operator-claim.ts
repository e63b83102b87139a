import type { Logger } from '#runtime/log.ts';
import { gauge, type Registry } from '#runtime/metrics.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { isConflict } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ReconcileContext, ReconcileResult } from '../kube/controller.ts';
import type { Leadership } from '../kube/leader.ts';
import type { Recorder } from '../kube/recorder.ts';
import { PLATFORM } from '../kube/resource.ts';

/** Owns status.operator and nothing else of the status. */
const FIELD_MANAGER = 'ticketbottle-platform-operator';
/** Longer than a new leader of the other installation needs to come up and answer. */
export const ANSWER_WITHIN_MS = 60_000;
/** How soon one who was answered asks again. */
export const ASK_AGAIN_MS = 10 * 60_000;

type Held = NonNullable<TicketBottlePlatform['status']>['operator'];

/** What an operator remembers of asking another one. */
export interface Asked {
  readonly holder: string;
  readonly sinceMs: number;
  /** The version that the question was written onto: a store that shows it is behind. */
  readonly onto: string | undefined;
}

export type Step =
  | { readonly kind: 'ours' }
  /** Nobody has it yet. */
  | { readonly kind: 'claim' }
  /** It is ours, and another operator wants to know. */
  | { readonly kind: 'answer' }
  /** Another one has it, and may be gone. */
  | { readonly kind: 'ask'; readonly holder: string }
  | { readonly kind: 'wait'; readonly holder: string; readonly forMs: number }
  /** It did not answer. */
  | { readonly kind: 'take-over'; readonly holder: string }
  /** It has answered. */
  | { readonly kind: 'keep-away'; readonly holder: string; readonly forMs: number };

/** What `status.operator` of the platform in this version means for the operator of this Lease. Pure. */
export function stepOf(
  held: Held,
  resourceVersion: string,
  { lease, asked, nowMs }: { readonly lease: string; readonly asked: Asked | undefined; readonly nowMs: number },
): Step {
  if (held === undefined) return { kind: 'claim' };
  const holder = held.lease;
  if (holder === lease) return held.askedBy === undefined ? { kind: 'ours' } : { kind: 'answer' };
  if (asked?.holder !== holder) return { kind: 'ask', holder };
  const waitedMs = nowMs - asked.sinceMs;
  if (asked.onto === resourceVersion || held.askedBy === lease)
    return waitedMs < ANSWER_WITHIN_MS
      ? { kind: 'wait', holder, forMs: ANSWER_WITHIN_MS - waitedMs }
      : { kind: 'take-over', holder };
  return waitedMs < ASK_AGAIN_MS
    ? { kind: 'keep-away', holder, forMs: ASK_AGAIN_MS - waitedMs }
    : { kind: 'ask', holder };
}

interface Deps {
  readonly client: KubeClient;
  readonly leader: Leadership;
  readonly recorder: Recorder;
  readonly metrics: Registry;
  readonly log: Logger;
}

/**
 * Which operator looks after a platform and its sales, kept in `status.operator`. Who has it keeps it without a word; whoever
 * else watches the namespace asks, in the status, and takes over when no answer comes. So a Lease that moved, an installation
 * that is gone, and one that no longer watches the namespace let go by themselves, and nobody needs rights on another's Lease.
 */
export class OperatorClaim {
  readonly #deps: Deps;
  readonly #asked = new Map<string, Asked & { readonly told?: true }>();
  readonly #conflicts;

  constructor(deps: Deps) {
    this.#deps = deps;
    const help = '1 while this operator keeps away from a platform, because another one looks after it';
    this.#conflicts = gauge(deps.metrics, 'platform_operator_conflict', help, ['namespace', 'platform', 'holder']);
  }

  /** The platform as it is now where it is ours; else when to come back. */
  async admit(
    platform: TicketBottlePlatform,
    { clock, log, signal }: ReconcileContext,
  ): Promise<{ readonly platform: TicketBottlePlatform } | { readonly keepAway: ReconcileResult }> {
    const { leader, recorder } = this.#deps;
    const { lease } = leader;
    const { uid, resourceVersion } = platform.metadata;
    const asked = this.#asked.get(uid);
    const step = stepOf(platform.status?.operator, resourceVersion, { lease, asked, nowMs: clock.now() });
    switch (step.kind) {
      case 'ours':
        this.#settle(platform);
        return { platform };
      case 'claim':
      case 'answer':
        this.#settle(platform);
        return { platform: await this.#write(platform, { lease }, signal) };
      case 'ask': {
        const now = await this.#write(platform, { lease: step.holder, askedBy: lease }, signal);
        // The question of a process before this one stands already.
        const onto = now.metadata.resourceVersion === resourceVersion ? undefined : resourceVersion;
        this.#asked.set(uid, { holder: step.holder, sinceMs: clock.now(), onto });
        log.info({ holder: step.holder, lease }, 'another operator has this platform: asked whether it is still there');
        return { keepAway: { requeueAfterMs: ANSWER_WITHIN_MS } };
      }
      case 'wait':
        return { keepAway: { requeueAfterMs: step.forMs } };
      case 'keep-away':
        if (asked !== undefined && asked.told === undefined) {
          this.#asked.set(uid, { ...asked, told: true });
          this.#conflicts.set(labelsOf(platform, step.holder), 1);
          const message = conflictMessage(step.holder, lease);
          log.warn({ holder: step.holder, lease }, message);
          recorder.event(platform, 'Warning', 'OperatorConflict', message);
        }
        return { keepAway: { requeueAfterMs: step.forMs } };
      case 'take-over': {
        const now = await this.#write(platform, { lease }, signal);
        this.#settle(platform);
        leader.outrank();
        const message = `${lease} looks after this platform now: ${step.holder} did not answer for ${ANSWER_WITHIN_MS / 1000} s`;
        log.warn({ holder: step.holder, lease }, message);
        recorder.event(platform, 'Normal', 'OperatorChanged', message);
        return { platform: now };
      }
    }
  }

  /** Answers at once: a reconcile of the platform may be under way for minutes. */
  answer(platform: TicketBottlePlatform): void {
    const { leader, log } = this.#deps;
    const { operator } = platform.status ?? {};
    if (operator?.lease !== leader.lease || operator.askedBy === undefined || !leader.isLeader()) return;
    this.#write(platform, { lease: leader.lease }).catch((error: unknown) => {
      // Whatever made this version old tells of the next one.
      if (!isConflict(error))
        log.warn({ err: error, asks: operator.askedBy }, 'another operator could not be answered');
    });
  }

  forget(platform: TicketBottlePlatform): void {
    this.#settle(platform);
  }

  #settle(platform: TicketBottlePlatform): void {
    const { uid } = platform.metadata;
    const asked = this.#asked.get(uid);
    if (asked === undefined) return;
    this.#asked.delete(uid);
    this.#conflicts.remove(labelsOf(platform, asked.holder));
  }

  /** Onto the very version that was looked at: of two who want it at once, one is refused. */
  async #write(
    { apiVersion, kind, metadata }: TicketBottlePlatform,
    operator: NonNullable<Held>,
    signal?: AbortSignal,
  ): Promise<TicketBottlePlatform> {
    const { namespace, name, uid, resourceVersion } = metadata;
    const object = { apiVersion, kind, metadata: { namespace, name, uid, resourceVersion }, status: { operator } };
    const options = { fieldManager: FIELD_MANAGER, subresource: 'status', signal } as const;
    return await this.#deps.client.apply<TicketBottlePlatform>(PLATFORM, object, options);
  }
}

const labelsOf = ({ metadata }: TicketBottlePlatform, holder: string) => ({
  namespace: metadata.namespace,
  platform: metadata.name,
  holder,
});

const conflictMessage = (holder: string, lease: string): string =>
  `The operator with the Lease ${holder} looks after this platform and has answered, so the one with the Lease ${lease} keeps away from it and its sales. Two must not watch one namespace: uninstall one of them, or divide the namespaces with WATCH_NAMESPACES (Helm: watchNamespaces)`;
