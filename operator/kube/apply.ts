import { counter, type Registry } from '#runtime/metrics.ts';
import { canonicalHash } from './canonical-hash.ts';
import type { KubeClient } from './client.ts';
import { isApplied } from './owned-fields.ts';
import { type KubeObject, key, type Resource, resourceName } from './resource.ts';
import { compareVersions } from './resource-version.ts';

export interface Applied<T> {
  /** The object as it is now; the observed one when nothing had to be sent. */
  readonly object: T;
  readonly changed: boolean;
  /** It was deleted or changed since our last apply of the same; what of that was ours is undone now. */
  readonly undone: boolean;
  /** Hash of what was wanted. */
  readonly wish: string;
  /** It changed something of which this applier has no memory: whether that undid something, only the caller can know. */
  readonly unremembered: boolean;
}

/**
 * Server-side apply under one field manager that sends nothing when nothing changed since its last apply, or since that of the
 * leader before.
 */
export interface Applier {
  readonly fieldManager: string;
  /**
   * `observed` is the object in the informer's store, undefined when it is not there. Takes fields over by force. With a
   * `metadata.resourceVersion` in `desired` the server refuses (409) when the object is no longer that version.
   */
  apply<T extends KubeObject>(
    resource: Resource,
    desired: KubeObject,
    observed: T | undefined,
    signal?: AbortSignal,
  ): Promise<Applied<T>>;
  /**
   * The same for the status subresource; `desired` holds metadata and status only. Status has no defaults and one author, so
   * one that already stands is not sent, not even by a leader who has never sent it.
   */
  applyStatus<T extends KubeObject>(
    resource: Resource,
    desired: KubeObject,
    observed: T | undefined,
    signal?: AbortSignal,
  ): Promise<Applied<T>>;
  /** The object is deleted on purpose: when it is wanted again, nothing was undone. */
  forget(resource: Resource, namespace: string, name: string): void;
}

export interface ApplierDeps {
  readonly client: KubeClient;
  readonly fieldManager: string;
  readonly metrics: Registry;
}

/** Objects that are gone are forgotten in the end; forgetting one that is there costs one apply at most. */
const MAX_MEMORIES = 20_000;

/** What the last apply of one object was, and what it left behind. */
interface Memory {
  readonly uid: string | undefined;
  readonly desired: string;
  /** The version applied onto; none where another leader has. */
  readonly observedVersion: string | undefined;
  readonly outcome: string;
  /** Of the object that it left behind: moves with every change of what an apply can change. */
  readonly version: string;
  /** The very version of the object that it left behind. */
  readonly resourceVersion: string | undefined;
}

export function createApplier({ client, fieldManager, metrics }: ApplierDeps): Applier {
  const memories = new Map<string, Memory>();
  const applies = counter(metrics, 'kube_applies_total', 'Server-side applies by outcome', ['resource', 'outcome']);

  function remember(slot: string, memory: Memory): void {
    memories.delete(slot);
    if (memories.size >= MAX_MEMORIES) memories.delete(memories.keys().next().value ?? slot);
    memories.set(slot, memory);
  }

  async function apply<T extends KubeObject>(
    resource: Resource,
    desired: KubeObject,
    observed: T | undefined,
    subresource: 'status' | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Applied<T>> {
    const slot = slotOf(resource, desired, subresource);
    const part = subresource === 'status' ? 'status' : 'spec';
    // Of a status nothing else is wished for.
    const desiredHash = part === 'status' ? contentHash(desired, part) : wishHash(desired);
    const memory = memories.get(slot);
    const stands =
      observed !== undefined &&
      (isSettled(memory, desiredHash, observed, part) ||
        (part === 'status' && alreadyTold(memory, desiredHash, observed)));
    const stoodBefore =
      observed !== undefined &&
      memory === undefined &&
      isApplied(observed, desired, { manager: fieldManager, subresource });
    if (stands || stoodBefore) {
      if (!stands) remember(slot, memoryOf(observed, desiredHash, part, undefined));
      applies.inc({ resource: resourceName(resource), outcome: 'skipped' });
      return { object: observed, changed: false, undone: false, wish: desiredHash, unremembered: false };
    }

    const object = await client.apply<T>(resource, desired, {
      fieldManager,
      signal,
      ...(subresource === undefined ? {} : { subresource }),
    });
    const left = memoryOf(object, desiredHash, part, observed?.metadata.resourceVersion);
    remember(slot, left);
    const changed = observed === undefined || contentHash(observed, part) !== left.outcome;
    const same = memory?.desired === desiredHash;
    const undone =
      same && changed && (memory.uid !== left.uid || memory.version !== left.version || isLater(observed, memory));
    applies.inc({ resource: resourceName(resource), outcome: changed ? 'changed' : 'unchanged' });
    return { object, changed, undone, wish: desiredHash, unremembered: changed && memory === undefined };
  }

  return {
    fieldManager,
    apply: (resource, desired, observed, signal) => apply(resource, desired, observed, undefined, signal),
    applyStatus: (resource, desired, observed, signal) => apply(resource, desired, observed, 'status', signal),
    forget: (resource, namespace, name) => void memories.delete(slotOf(resource, { metadata: { namespace, name } })),
  };
}

/** What is remembered of an object as an apply left it. */
const memoryOf = (
  object: KubeObject,
  desired: string,
  part: 'spec' | 'status',
  observedVersion: string | undefined,
): Memory => ({
  uid: object.metadata.uid,
  desired,
  observedVersion,
  outcome: contentHash(object, part),
  version: versionOf(object),
  resourceVersion: object.metadata.resourceVersion,
});

const slotOf = (resource: Resource, object: KubeObject, subresource = ''): string =>
  `${resourceName(resource)} ${key(object)} ${subresource}`;

/** Something was written after our apply, whether or not it moved the generation, as labels and owners do not. */
const isLater = (observed: KubeObject | undefined, { resourceVersion }: Memory): boolean =>
  (compareVersions(observed?.metadata.resourceVersion, resourceVersion) ?? 0) > 0;

/** The generation where there is one, as the status of an object under way moves all the time. */
const versionOf = ({ metadata }: KubeObject): string => String(metadata.generation ?? metadata.resourceVersion);

/** The status stands as wished, and the store is not behind our own last write. */
function alreadyTold(memory: Memory | undefined, desired: string, observed: KubeObject): boolean {
  if (memory?.observedVersion !== undefined && memory.observedVersion === observed.metadata.resourceVersion)
    return false;
  return desired === contentHash(observed, 'status');
}

/** The version that an apply is to be made onto is no part of what is wished for. */
function wishHash({ metadata: { resourceVersion: _onto, ...metadata }, ...rest }: KubeObject): string {
  return canonicalHash({ ...rest, metadata });
}

/**
 * Nothing to do when we last applied exactly this, and the object is either as that apply left it, or the very version we
 * applied onto (then the store has not caught up, and the event on its way brings us back).
 */
function isSettled(
  memory: Memory | undefined,
  desired: string,
  observed: KubeObject,
  part: 'spec' | 'status',
): memory is Memory {
  if (memory === undefined || memory.desired !== desired || memory.uid !== observed.metadata.uid) return false;
  const { resourceVersion } = observed.metadata;
  // Most objects of a cluster stay as they are, and those need no comparing.
  if (resourceVersion !== undefined && [memory.resourceVersion, memory.observedVersion].includes(resourceVersion))
    return true;
  return memory.outcome === contentHash(observed, part);
}

/**
 * What an apply can change: for the main resource all but status, for status that alone. So a Deployment whose status
 * moves during a rollout does not cost an apply per event.
 */
function contentHash(object: KubeObject, part: 'spec' | 'status'): string {
  if (part === 'status') return canonicalHash((object as { status?: unknown }).status ?? null);
  const {
    status: _status,
    metadata,
    apiVersion: _apiVersion,
    kind: _kind,
    ...rest
  } = object as KubeObject & { status?: unknown };
  const { labels, annotations, finalizers, ownerReferences, uid, deletionTimestamp } = metadata;
  const { [ROLLOUT_COUNT]: _count, ...notes } = annotations ?? {};
  return canonicalHash({
    ...rest,
    metadata: { labels, annotations: notes, finalizers, ownerReferences, uid, deletionTimestamp },
  });
}

/** Kubernetes counts the rollouts of a Deployment here, just after each apply that begins one. */
const ROLLOUT_COUNT = 'deployment.kubernetes.io/revision';
