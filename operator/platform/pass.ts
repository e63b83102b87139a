import type { PlatformConcern, PlatformCondition, PlatformReason } from '../api/conditions.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { Change } from '../external/adapter.ts';
import { isInvalid, type KubeApiError } from '../kube/api-error.ts';
import type { ReconcileContext } from '../kube/controller.ts';
import { DEPLOYMENT, type KubeObject, type Resource, resourceName } from '../kube/resource.ts';
import type { Children } from './children.ts';
import type { Claims, Conflict } from './claims.ts';
import type { PodTroubles } from './components/pod-trouble.ts';
import type { ExternalMemo } from './external-memo.ts';
import type { Freeze } from './freeze.ts';
import type { FreshPasswords } from './fresh-passwords.ts';
import { MANAGED_BY } from './names.ts';
import type { Behind } from './region/promotion.ts';
import type { Wishes } from './wishes.ts';

export type PlatformStatus = NonNullable<TicketBottlePlatform['status']>;

/** One reconcile of one platform: what it may read, and what it has found out so far. */
export interface Pass {
  readonly platform: TicketBottlePlatform;
  readonly ctx: ReconcileContext;
  readonly children: Children;
  readonly memo: ExternalMemo;
  readonly freshPasswords: FreshPasswords;
  readonly podTroubles: PodTroubles;
  readonly driftMs: number;
  /** Another version may want more of the same spec. */
  readonly operatorVersion: string;
  /** managementPolicy Observe: look and tell, change nothing. */
  readonly observeOnly: boolean;
  /** Whether changes of what already runs are held back now. */
  readonly freeze: Freeze;
  /** Whether a sale of this platform has raised something, or is about to, as known at this very moment. */
  readonly salesHold: () => boolean;
  /** Whose memory of the outside is used: the platform's uid, or that of the object that asks for a plan. */
  readonly memoUid: string;
  /** What the leader before wanted, and what the next one shall know of it. */
  readonly wishes: Wishes;
  /** Notes that something outside belongs to this platform, before it is made or taken over. */
  readonly claims: Claims;
  readonly conflicts: readonly Conflict[];
  /** Concerns whose things belong to an older platform: left alone, and so is what would start to use them. */
  readonly contested: ReadonlySet<PlatformConcern>;
  readonly report: Report;
}

/** Filled from the top of the story to its end, then turned into the status. */
export class Report {
  readonly conditions = new Map<PlatformConcern, PlatformCondition>();
  readonly plan: Change[] = [];
  readonly services: NonNullable<PlatformStatus['services']> = [];
  topics: NonNullable<PlatformStatus['topics']> = [];
  databases: NonNullable<PlatformStatus['databases']> = [];
  functions: NonNullable<PlatformStatus['functions']> = [];
  backups: NonNullable<PlatformStatus['backups']> = [];
  webhookUrl: string | undefined;
  /** Undefined without spec.region.failover. */
  region: PlatformStatus['region'];
  /** Of a standby: what its stores lack. */
  behind: readonly Behind[] = [];
  /** What is wrong with the spec itself; then nothing else was looked at. */
  invalid: readonly string[] = [];
  /** What keeps everything else from being looked at. */
  problem: { readonly reason: PlatformReason; readonly message: string } | undefined;
  /** Changes that somebody made outside, and whether they were undone. */
  readonly drifted: {
    readonly concern: PlatformConcern;
    readonly mended: boolean;
    /** The look before, so long ago, had found nothing; undefined where it was that of another leader. */
    readonly withinMs: number | undefined;
    readonly changes: readonly Change[];
  }[] = [];
  /** Told once, when they happen. */
  readonly events: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly note: string }[] = [];
  /** When to come back at the latest. */
  requeueMs: number;

  constructor(requeueMs: number) {
    this.requeueMs = requeueMs;
  }

  say(type: PlatformConcern, status: PlatformCondition['status'], reason: PlatformReason, message: string): void {
    this.conditions.set(type, { type, status, reason, message });
  }

  comeBackIn(ms: number): void {
    this.requeueMs = Math.min(this.requeueMs, ms);
  }
}

/** Applies a child, or, when only looking, adds what that would change to the plan. What is undone counts for `concern`. */
export async function applyChild<T extends KubeObject>(
  pass: Pass,
  resource: Resource,
  desired: KubeObject,
  concern: PlatformConcern = 'WorkloadsReady',
): Promise<T | undefined> {
  const { children, ctx, observeOnly, platform, report, wishes } = pass;
  if (!observeOnly) {
    const mayTake = (found: KubeObject) => refuseForeign(platform, resource, found);
    try {
      const { object, wish, undone, mended } = await children.apply<T>(resource, desired, ctx.signal, mayTake);
      wishes.applied(concern, wish, mended);
      // Such changes are heard of at once.
      if (undone !== undefined) report.drifted.push({ concern, mended: true, withinMs: 0, changes: [undone] });
      return object;
    } catch (error) {
      throw isFixed(error) ? new ChildConflict(`${error.message}. ${madeAnew(resource, desired)}`) : error;
    }
  }
  const change = await children.plan(resource, desired, ctx.signal);
  if (change !== undefined) report.plan.push(change);
  return children.get<T>(resource, desired.metadata.namespace ?? '', desired.metadata.name);
}

/** Adds what is held back to the plan: what would change, and why it does not yet. */
export async function planHeld(pass: Pass, resource: Resource, desired: KubeObject, why: string): Promise<void> {
  const change = await pass.children.plan(resource, desired, pass.ctx.signal);
  if (change !== undefined) pass.report.plan.push({ ...change, reason: `${change.reason} (held back: ${why})` });
}

/** Removes a child that is there. */
export async function removeChild(pass: Pass, resource: Resource, name: string, why: string): Promise<void> {
  const { children, ctx, observeOnly, platform, report } = pass;
  const { namespace } = platform.metadata;
  if (children.get(resource, namespace, name) === undefined) return;
  if (observeOnly) report.plan.push({ target: `${resource.kind} ${name}`, action: 'delete', reason: why });
  else await children.remove(resource, namespace, name, ctx.signal);
}

/** An object of the name that we need belongs to somebody else. */
export class ChildConflict extends Error {
  override readonly name = 'ChildConflict';
}

/** Refused because of what is there already: fields that cannot change, or that exclude each other. */
const isFixed = (error: unknown): error is KubeApiError =>
  isInvalid(error) && /field is immutable|may not change once set|cannot be both set/.test((error as Error).message);

function madeAnew(resource: Resource, { metadata: { namespace, name } }: KubeObject): string {
  const pods = resource.plural === DEPLOYMENT.plural ? ', its pods included' : '';
  return `Somebody made it so, and it cannot be mended in place. Delete it${pods}, and it is made anew: kubectl delete -n ${namespace} ${resourceName(resource)} ${name}`;
}

/**
 * Server-side apply takes over whatever has the name. What another controller owns is never ours to take, and with
 * adoptionPolicy Fail neither is anything else that was there before. Throws ChildConflict.
 */
function refuseForeign(platform: TicketBottlePlatform, resource: Resource, found: KubeObject): void {
  const { namespace, name, ownerReferences, labels } = found.metadata;
  const what = `${resource.kind} ${namespace}/${name}`;
  const owner = ownerReferences?.find(({ controller }) => controller);
  // Ours, whatever somebody did to its labels.
  if (owner?.uid === platform.metadata.uid) return;
  if (owner !== undefined)
    throw new ChildConflict(
      `${what} is controlled by ${owner.kind} ${owner.name}: delete or rename that one, or this platform`,
    );
  const ours = labels?.['app.kubernetes.io/managed-by'] === MANAGED_BY;
  if (!ours && platform.spec.adoptionPolicy === 'Fail')
    throw new ChildConflict(
      `${what} was there before this platform and spec.adoptionPolicy is Fail: delete it, or set adoptionPolicy to AdoptOrCreate to take it over`,
    );
}
