import type { PlatformConcern, PlatformCondition, PlatformReason } from '../api/conditions.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { Change } from '../external/adapter.ts';
import type { ReconcileContext } from '../kube/controller.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { Children } from './children.ts';
import type { ExternalMemo } from './external-memo.ts';
import type { FreshPasswords } from './fresh-passwords.ts';

export type PlatformStatus = NonNullable<TicketBottlePlatform['status']>;

/** One reconcile of one platform: what it may read, and what it has found out so far. */
export interface Pass {
  readonly platform: TicketBottlePlatform;
  readonly ctx: ReconcileContext;
  readonly children: Children;
  readonly memo: ExternalMemo;
  readonly freshPasswords: FreshPasswords;
  readonly driftMs: number;
  /** managementPolicy Observe: look and tell, change nothing. */
  readonly observeOnly: boolean;
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
  webhookUrl: string | undefined;
  /** What is wrong with the spec itself; then nothing else was looked at. */
  invalid: readonly string[] = [];
  /** Changes that somebody made outside and that were undone: drift. */
  readonly corrected: { readonly concern: PlatformConcern; readonly changes: readonly Change[] }[] = [];
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

/** Applies a child, or, when only looking, adds what that would change to the plan. */
export async function applyChild<T extends KubeObject>(
  pass: Pass,
  resource: Resource,
  desired: KubeObject,
): Promise<T | undefined> {
  const { children, ctx, observeOnly, report } = pass;
  if (!observeOnly) return await children.apply<T>(resource, desired, ctx.signal);
  const change = await children.plan(resource, desired, ctx.signal);
  if (change !== undefined) report.plan.push(change);
  return children.get<T>(resource, desired.metadata.namespace ?? '', desired.metadata.name);
}

/** Removes a child that is there. */
export async function removeChild(pass: Pass, resource: Resource, name: string, why: string): Promise<void> {
  const { children, ctx, observeOnly, platform, report } = pass;
  const { namespace } = platform.metadata;
  if (children.get(resource, namespace, name) === undefined) return;
  if (observeOnly) report.plan.push({ target: `${resource.kind} ${name}`, action: 'delete', reason: why });
  else await children.remove(resource, namespace, name, ctx.signal);
}
