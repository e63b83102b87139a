import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
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
}

export interface ObservedNamespace {
  readonly exists: boolean;
  readonly retentionMs: number;
  readonly description: string;
  /** Registered, or on its way out. */
  readonly state: 'registered' | 'deprecated' | 'deleted' | 'none';
}

export interface NamespaceChange extends Change {
  readonly namespace: DesiredNamespace;
}

const CALL_MS = 10_000;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/** A Temporal namespace and how long it keeps closed workflows. */
export function createNamespace(access: TemporalAccess): Adapter<DesiredNamespace, ObservedNamespace, NamespaceChange> {
  return {
    observe: ({ name }, signal) =>
      withConnection(access, signal, async ({ workflowService }) => {
        const answer = await absentWhen(NOT_FOUND, workflowService.describeNamespace({ namespace: name }));
        if (answer === undefined) return { exists: false, retentionMs: 0, description: '', state: 'none' };
        return {
          exists: true,
          retentionMs: toMs(answer.config?.workflowExecutionRetentionTtl),
          description: answer.namespaceInfo?.description ?? '',
          state: STATES[answer.namespaceInfo?.state ?? 0] ?? 'none',
        };
      }),
    diff: diffNamespace,
    apply: (changes, signal) =>
      withConnection(access, signal, async ({ workflowService }) => {
        for (const { action, namespace } of changes) {
          const workflowExecutionRetentionPeriod = msToTs(namespace.retentionMs);
          const { name, description } = namespace;
          if (action === 'create') {
            const request = { namespace: name, description, workflowExecutionRetentionPeriod };
            // Somebody else was faster; the next look compares what they made.
            await absentWhen(ALREADY_EXISTS, workflowService.registerNamespace(request));
          } else if (action === 'update') {
            const config = { workflowExecutionRetentionTtl: workflowExecutionRetentionPeriod };
            await workflowService.updateNamespace({ namespace: name, config, updateInfo: { description } });
          }
        }
      }),
    remove: ({ name }, signal) =>
      withConnection(access, signal, async ({ operatorService }) => {
        await absentWhen(NOT_FOUND, operatorService.deleteNamespace({ namespace: name }));
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
  return reasons.map((reason) => ({ target, action: 'update', reason, namespace: desired }));
}

const STATES: Readonly<Record<number, ObservedNamespace['state']>> = { 1: 'registered', 2: 'deprecated', 3: 'deleted' };

async function withConnection<T>(
  { address, tls }: TemporalAccess,
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
      connection.withDeadline(new Date(Date.now() + CALL_MS), () => use(connection)),
    );
  } finally {
    await connection.close();
  }
}

async function absentWhen<T>(code: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return undefined;
    throw error;
  }
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
