import type { Change } from '../external/adapter.ts';
import { isConflict, isForbidden, isNotFound } from '../kube/api-error.ts';
import type { Applied, Applier } from '../kube/apply.ts';
import { canonicalHash } from '../kube/canonical-hash.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Informer, Informers } from '../kube/informer.ts';
import {
  CONFIG_MAP,
  CONTROLLER_REVISION,
  DEPLOYMENT,
  HPA,
  INGRESS,
  JOB,
  type KubeObject,
  NETWORK_POLICY,
  PDB,
  type Resource,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
} from '../kube/resource.ts';
import { TEMPLATE_HASH } from './components/rollback.ts';
import { fieldDifferences, partOf } from './field-differences.ts';
import { INSTANCE_LABEL, MANAGED_SELECTOR } from './names.ts';

/** Kinds that a platform has objects of. Secrets stand apart: we also read ones that people made. */
const MADE = [
  CONFIG_MAP,
  CONTROLLER_REVISION,
  DEPLOYMENT,
  HPA,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  PDB,
  SERVICE,
  SERVICE_ACCOUNT,
] as const;

const isSecret = (resource: Resource): boolean => resource.plural === SECRET.plural;

export interface ChildrenDeps {
  readonly informers: Informers;
  readonly client: KubeClient;
  readonly applier: Applier;
  /** Namespaces that are watched; empty for all. */
  readonly namespaces: readonly string[];
}

/** The Kubernetes objects of platforms: read from the informers, written by server-side apply. */
export class Children {
  readonly #deps: ChildrenDeps;
  readonly #informers: Map<string, Informer<KubeObject>>;
  readonly #secrets: Informer<KubeObject>;
  readonly #listeners: ((platformKey: string) => void)[] = [];
  readonly #absentUntilMs = new Map<string, number>();
  readonly #plans = new Map<string, { readonly of: string; readonly change: Change | undefined }>();

  constructor(deps: ChildrenDeps) {
    this.#deps = deps;
    this.#informers = new Map(
      MADE.map((resource) => [resource.plural, deps.informers.of<KubeObject>(resource, OF_PLATFORMS)]),
    );
    this.#secrets = deps.informers.of(SECRET);
  }

  /** All informers, to be waited for. */
  get all(): Informer<KubeObject>[] {
    return [...this.#informers.values(), this.#secrets];
  }

  /** For kinds that are not children: `external/` adapters of other operators' resources. */
  get client(): KubeClient {
    return this.#deps.client;
  }

  /** Tells which platform (`namespace/name`) to look at when one of its objects changed. */
  onChange(enqueue: (platformKey: string) => void): void {
    this.#listeners.push(enqueue);
    for (const informer of this.#informers.values()) tell(informer, enqueue);
  }

  /**
   * Whether this cluster has a kind that others install; from then on it is watched. An informer of a kind that does not exist
   * would never be in sync, so the API server is asked first, at most once a minute.
   */
  async watches(resource: Resource, nowMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#informers.has(resource.plural)) return true;
    if (nowMs < (this.#absentUntilMs.get(resource.plural) ?? 0)) return false;
    try {
      const namespaces = this.#deps.namespaces.length === 0 ? [undefined] : this.#deps.namespaces;
      await Promise.all(
        namespaces.map((namespace) => this.#deps.client.listPage(resource, { namespace, limit: 1, signal })),
      );
    } catch (error) {
      if (!isNotFound(error) && !isForbidden(error)) throw error;
      this.#absentUntilMs.set(resource.plural, nowMs + ASK_AGAIN_MS);
      return false;
    }
    const informer = this.#deps.informers.of<KubeObject>(resource, OF_PLATFORMS);
    await unlessAborted(informer.synced, signal);
    if (this.#informers.has(resource.plural)) return true;
    this.#informers.set(resource.plural, informer);
    for (const listener of this.#listeners) tell(informer, listener);
    return true;
  }

  /** Tells the namespace of every Secret that appears, goes, or gets other data. */
  onSecret(changed: (namespace: string) => void): void {
    this.#secrets.onChange((_key, object, previous) => {
      const data = (one: KubeObject | undefined) =>
        canonicalHash((one as { data?: unknown } | undefined)?.data ?? null);
      if (object !== undefined && previous !== undefined && data(object) === data(previous)) return;
      const namespace = (object ?? previous)?.metadata.namespace;
      if (namespace !== undefined) changed(namespace);
    });
  }

  get<T extends KubeObject>(resource: Resource, namespace: string, name: string): T | undefined {
    const informer = isSecret(resource) ? this.#secrets : this.#informers.get(resource.plural);
    // The API server sends what the resource says, so the caller's type is the resource's.
    return informer?.get(`${namespace}/${name}`) as T | undefined;
  }

  /** Objects of one platform. */
  list<T extends KubeObject>(resource: Resource, namespace: string, platform: string): T[] {
    return (this.#informers.get(resource.plural)?.byIndex(BY_PLATFORM, `${namespace}/${platform}`) ?? []) as T[];
  }

  /** The data of a Secret, base64 as stored. */
  secretData(namespace: string, name: string): Readonly<Record<string, string>> | undefined {
    const secret = this.get<KubeObject & { data?: Record<string, string> }>(SECRET, namespace, name);
    return secret === undefined ? undefined : (secret.data ?? {});
  }

  /**
   * `undone`: what somebody had done to it, and what has just been put right again. `mended`: the same, if `wish` was applied by
   * the leader before. `mayTake` is asked about an object that is there although the informers do not show it, before it is taken
   * over, and throws when it may not be.
   */
  async apply<T extends KubeObject>(
    resource: Resource,
    desired: KubeObject,
    signal: AbortSignal,
    mayTake?: (found: KubeObject) => void,
  ): Promise<{ readonly object: T; readonly wish: string; readonly undone?: Change; readonly mended?: Change }> {
    const shown = this.get<T>(resource, desired.metadata.namespace ?? '', desired.metadata.name);
    const { applied, observed } =
      shown === undefined && mayTake !== undefined
        ? await this.#make<T>(resource, desired, mayTake, signal)
        : { applied: await this.#deps.applier.apply<T>(resource, desired, shown, signal), observed: shown };
    const { object, undone, unremembered } = applied;
    const wish = `${resource.plural} ${object.metadata.name} ${applied.wish}`;
    if (!undone && !unremembered) return { object, wish };
    const change = changeOf(resource, desired, observed, object);
    return { object, wish, ...(change === undefined ? {} : undone ? { undone: change } : { mended: change }) };
  }

  /** One call where nothing is there, and nobody can come in between: the API server itself says when something is. */
  async #make<T extends KubeObject>(
    resource: Resource,
    desired: KubeObject,
    mayTake: (found: KubeObject) => void,
    signal: AbortSignal,
  ): Promise<{ readonly applied: Applied<T>; readonly observed: T | undefined }> {
    const { applier } = this.#deps;
    const { metadata } = desired;
    try {
      const fresh = { ...desired, metadata: { ...metadata, resourceVersion: OF_NO_OBJECT } };
      return { applied: await applier.apply<T>(resource, fresh, undefined, signal), observed: undefined };
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { namespace = '', name } = metadata;
      const observed = await this.#deps.client.get<T>(resource, namespace, name, { signal });
      if (observed !== undefined) mayTake(observed);
      return { applied: await applier.apply<T>(resource, desired, observed, signal), observed };
    }
  }

  /** Straight from the API server, for what the informers do not watch. */
  async read(
    resource: Resource,
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    return await this.#deps.client.get<KubeObject>(resource, namespace, name, { signal });
  }

  async create(resource: Resource, object: KubeObject, signal: AbortSignal): Promise<void> {
    await this.#deps.client.create(resource, object, { signal });
  }

  async remove(resource: Resource, namespace: string, name: string, signal: AbortSignal): Promise<void> {
    this.#deps.applier.forget(resource, namespace, name);
    await this.#deps.client.delete(resource, namespace, name, { propagationPolicy: 'Background', signal });
  }

  /** What an apply would do: asked of the API server by dry run, once for each pair of wish and reality. */
  async plan(resource: Resource, desired: KubeObject, signal: AbortSignal): Promise<Change | undefined> {
    const { namespace = '', name } = desired.metadata;
    const target = `${resource.kind} ${name}`;
    const observed = this.get<KubeObject>(resource, namespace, name);
    if (observed === undefined) return { target, action: 'create', reason: 'does not exist' };
    const slot = `${resource.plural} ${namespace}/${name}`;
    const of = `${canonicalHash(desired)} ${observed.metadata.resourceVersion}`;
    const known = this.#plans.get(slot);
    if (known?.of === of) return known.change;
    const fieldManager = this.#deps.applier.fieldManager;
    const after = await this.#deps.client.apply<KubeObject>(resource, desired, { fieldManager, dryRun: true, signal });
    const reason = fieldDifferences(planned(observed), planned(after), { hideValues: isSecret(resource) });
    const change: Change | undefined = reason === '' ? undefined : { target, action: 'update', reason };
    this.#plans.delete(slot);
    this.#plans.set(slot, { of, change });
    // Of platforms that went while something of theirs was held back.
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MAX_PLANS && oldest !== undefined) this.#plans.delete(oldest);
    return change;
  }
}

/** Forgetting one costs one dry run. */
const MAX_PLANS = 5_000;

const BY_PLATFORM = 'platform';
const OF_PLATFORMS = { labelSelector: MANAGED_SELECTOR, indexes: { [BY_PLATFORM]: platformOf } };

/** `namespace/name` of the platform that an object belongs to, or nothing. */
function platformOf({ metadata: { namespace, labels } }: KubeObject): string[] {
  const platform = labels?.[INSTANCE_LABEL];
  return platform === undefined ? [] : [`${namespace}/${platform}`];
}

function tell(informer: Informer<KubeObject>, enqueue: (platformKey: string) => void): void {
  informer.onChange((_key, object, previous) => {
    // Also whose it was: a label changes as easily as all else.
    const states = [object, previous].filter((one) => one !== undefined);
    for (const platform of new Set(states.flatMap(platformOf))) enqueue(platform);
  });
}

/** A list that never comes must not keep a worker beyond the time of its reconcile. */
async function unlessAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const ASK_AGAIN_MS = 60_000;
/** The version of an empty store: an apply onto it makes an object, and is refused (409) where one is. */
const OF_NO_OBJECT = '1';

/** What of a wish an apply has brought back. */
function changeOf(
  resource: Resource,
  desired: KubeObject,
  before: KubeObject | undefined,
  after: KubeObject,
): Change | undefined {
  const target = `${resource.kind} ${after.metadata.name}`;
  if (before === undefined) return { target, action: 'create', reason: 'was deleted' };
  // Of what others own, an autoscaler say, nothing is undone.
  const ours = (one: KubeObject) => partOf(planned(desired), planned(one));
  const reason = fieldDifferences(ours(before), ours(after), { hideValues: isSecret(resource) });
  return reason === '' ? undefined : { target, action: 'update', reason };
}

/** The part of an object that an apply decides. */
function planned(object: KubeObject): object {
  const {
    metadata,
    status: _status,
    apiVersion: _version,
    kind: _kind,
    ...rest
  } = object as KubeObject & {
    status?: unknown;
  };
  const { labels, annotations = {}, ownerReferences } = metadata;
  // The hash of a template changes with the template, which shows anyway.
  const { [TEMPLATE_HASH]: _hash, ...others } = annotations;
  return { ...rest, metadata: { labels, annotations: others, ownerReferences } };
}
