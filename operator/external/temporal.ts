import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { retry } from '#runtime/retry.ts';
import type { Adapter, Change } from './adapter.ts';

export interface TemporalAccess {
  /** `host:port` of the frontend. */
  readonly address: string;
  /** `true` for the system's authorities, or a PEM of the server's own. */
  readonly tls?: boolean | { readonly ca: string } | undefined;
}

export interface DesiredNamespace {
  readonly name: string;
  /** How long closed workflows are kept. */
  readonly retentionMs: number;
  readonly description: string;
  /** Search attributes by name; others are left alone, and none is ever removed. */
  readonly searchAttributes?: Readonly<Record<string, SearchAttributeType>>;
}

export const SEARCH_ATTRIBUTE_TYPES = ['Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'] as const;
export type SearchAttributeType = (typeof SEARCH_ATTRIBUTE_TYPES)[number];

export interface ObservedNamespace {
  readonly exists: boolean;
  readonly retentionMs: number;
  readonly description: string;
  /** Registered, or on its way out. */
  readonly state: 'registered' | 'deprecated' | 'deleted' | 'none';
  /** The namespace's own search attributes. */
  readonly searchAttributes: ReadonlyMap<string, string>;
}

export interface NamespaceChange extends Change {
  /** Search attributes to add; without it the namespace itself is made or changed. */
  readonly add?: Readonly<Record<string, SearchAttributeType>>;
  readonly namespace: DesiredNamespace;
}

const CALL_MS = 10_000;
/** For all calls of one operation together. */
const DEADLINE_MS = 25_000;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/** A Temporal namespace, how long it keeps closed workflows, and by what they are searched. */
export function createNamespace(
  access: TemporalAccess,
  clock: Clock = systemClock,
): Adapter<DesiredNamespace, ObservedNamespace, NamespaceChange> {
  return {
    observe: ({ name, searchAttributes }, signal) =>
      withConnection(access, clock, signal, async ({ workflowService, operatorService }) => {
        const answer = await absentWhen(NOT_FOUND, workflowService.describeNamespace({ namespace: name }));
        if (answer === undefined) return NO_NAMESPACE;
        const state = STATES[answer.namespaceInfo?.state ?? 0] ?? 'none';
        const attributes =
          searchAttributes === undefined || state !== 'registered'
            ? undefined
            : await absentWhen(NOT_FOUND, operatorService.listSearchAttributes({ namespace: name }));
        return {
          exists: true,
          retentionMs: toMs(answer.config?.workflowExecutionRetentionTtl),
          description: answer.namespaceInfo?.description ?? '',
          state,
          searchAttributes: new Map(
            Object.entries(attributes?.customAttributes ?? {}).map(([attribute, type]) => [
              attribute,
              SEARCH_ATTRIBUTE_TYPES[Number(type) - 1] ?? `type ${type}`,
            ]),
          ),
        };
      }),
    diff: diffNamespace,
    apply: (changes, signal) =>
      withConnection(access, clock, signal, async ({ workflowService, operatorService }) => {
        for (const { action, namespace, add } of changes) {
          if (add !== undefined) {
            const searchAttributes = Object.fromEntries(
              Object.entries(add).map(([attribute, type]) => [attribute, SEARCH_ATTRIBUTE_TYPES.indexOf(type) + 1]),
            );
            const request = { namespace: namespace.name, searchAttributes };
            await onceKnown(clock, signal, () =>
              absentWhen(ALREADY_EXISTS, operatorService.addSearchAttributes(request)),
            );
            continue;
          }
          const workflowExecutionRetentionPeriod = msToTs(namespace.retentionMs);
          const { name, description } = namespace;
          if (action === 'create') {
            const request = { namespace: name, description, workflowExecutionRetentionPeriod };
            // Somebody else was faster; the next look compares what they made.
            await absentWhen(ALREADY_EXISTS, workflowService.registerNamespace(request));
          } else if (action === 'update') {
            const config = { workflowExecutionRetentionTtl: workflowExecutionRetentionPeriod };
            const request = { namespace: name, config, updateInfo: { description } };
            await onceKnown(clock, signal, () => workflowService.updateNamespace(request));
          }
        }
      }),
    remove: ({ name }, signal) =>
      withConnection(access, clock, signal, async ({ workflowService, operatorService }) => {
        // Asked first, because NOT_FOUND from the deletion may also mean that the frontend has yet to learn of it.
        if ((await absentWhen(NOT_FOUND, workflowService.describeNamespace({ namespace: name }))) === undefined) return;
        await onceKnown(clock, signal, () => operatorService.deleteNamespace({ namespace: name }));
      }),
  };
}

export function diffNamespace(desired: DesiredNamespace, observed: ObservedNamespace): NamespaceChange[] {
  const target = `Temporal namespace ${desired.name}`;
  if (!observed.exists) return [{ target, action: 'create', reason: 'does not exist', namespace: desired }];
  if (observed.state === 'deleted') return [{ target, action: 'wait', reason: 'is being deleted', namespace: desired }];
  const reasons: string[] = [];
  // Temporal counts in whole seconds.
  if (toSeconds(observed.retentionMs) !== toSeconds(desired.retentionMs)) {
    reasons.push(`keeps closed workflows for ${hours(observed.retentionMs)} instead of ${hours(desired.retentionMs)}`);
  }
  if (observed.description !== desired.description) reasons.push('has another description');
  return [
    ...reasons.map((reason): NamespaceChange => ({ target, action: 'update', reason, namespace: desired })),
    ...searchAttributeChanges(target, desired, observed),
  ];
}

function searchAttributeChanges(
  target: string,
  desired: DesiredNamespace,
  observed: ObservedNamespace,
): NamespaceChange[] {
  const wanted = Object.entries(desired.searchAttributes ?? {});
  const missing = wanted.filter(([name]) => !observed.searchAttributes.has(name));
  const changes: NamespaceChange[] = [];
  if (missing.length > 0)
    changes.push({
      target,
      action: 'update',
      reason: `has no search attribute ${missing.map(([name, type]) => `${name} (${type})`).join(', ')}`,
      namespace: desired,
      add: Object.fromEntries(missing),
    });
  for (const [name, type] of wanted) {
    const found = observed.searchAttributes.get(name);
    if (found === undefined || found === type) continue;
    const reason = `has a search attribute ${name} of type ${found} instead of ${type}, and types cannot change: name another in spec.temporal.searchAttributes, or remove it with: temporal operator search-attribute remove --namespace ${desired.name} --name ${name}`;
    changes.push({ target, action: 'wait', reason, byHand: true, namespace: desired });
  }
  return changes;
}

const NO_NAMESPACE: ObservedNamespace = {
  exists: false,
  retentionMs: 0,
  description: '',
  state: 'none',
  searchAttributes: new Map(),
};

const STATES: Readonly<Record<number, ObservedNamespace['state']>> = { 1: 'registered', 2: 'deprecated', 3: 'deleted' };

async function withConnection<T>(
  { address, tls }: TemporalAccess,
  clock: Clock,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const connection = await Connection.connect({
    address,
    connectTimeout: CALL_MS,
    ...(tls === undefined || tls === false
      ? {}
      : { tls: tls === true ? true : { serverRootCACertificate: Buffer.from(tls.ca) } }),
  });
  try {
    return await connection.withAbortSignal(signal, () =>
      connection.withDeadline(new Date(clock.now() + DEADLINE_MS), () => use(connection)),
    );
  } finally {
    await connection.close();
  }
}

/** A frontend learns of a new namespace seconds after it was registered, and answers NOT_FOUND to updates until then. */
async function onceKnown<T>(clock: Clock, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const policy = {
    maxAttempts: 12,
    initialMs: 500,
    maxMs: 1_500,
    shouldRetry: (error: unknown) => codeOf(error) === NOT_FOUND,
  };
  return await retry(policy, call, { clock, signal });
}

async function absentWhen<T>(code: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codeOf(error) === code) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

type Duration = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

/** Seconds come as a Long. */
function toMs(duration: Duration): number {
  return Number(duration?.seconds ?? 0) * 1000 + Math.round((duration?.nanos ?? 0) / 1e6);
}

function toSeconds(ms: number): number {
  return Math.round(ms / 1000);
}

function hours(ms: number): string {
  return `${Number((ms / 3_600_000).toFixed(2))}h`;
}
