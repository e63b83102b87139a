import { SERVICES } from '#proto/names.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type KubeObject, POD } from '../../kube/resource.ts';
import type { DeploymentObject } from './rollout.ts';

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

export interface PodObject extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    readonly containerStatuses?: readonly {
      readonly image?: string;
      readonly ready?: boolean;
      readonly state?: ContainerState;
      readonly lastState?: ContainerState;
    }[];
  };
}

/** What keeps a pod from serving, the plainest cause first. */
const KINDS = ['refused', 'image', 'configuration', 'crash', 'no room', 'not ready', 'no pod'] as const;

export interface Trouble {
  readonly kind: (typeof KINDS)[number];
  readonly what: string;
  /** What to do, or where to look while the pod is there. */
  readonly next: string;
}

/**
 * Why pods do not serve, for people; undefined when nothing can be seen. Of many pods the one with the plainest cause speaks,
 * always the same one, so that the message does not change by itself. Pure.
 */
export function podTrouble(pods: readonly PodObject[]): Trouble | undefined {
  const found = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((pod) => troubleOf(pod) ?? [])
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  return found[0];
}

/** What the API server answers to whoever wants to make pods of a Deployment: a quota, a policy. Pure. */
export function refusedPods({ status }: DeploymentObject): Trouble | undefined {
  const found = status?.conditions?.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  if (found === undefined) return undefined;
  const what = `its pods are refused (${found.message ?? found.reason})`;
  return { kind: 'refused', what, next: 'raise the quota, or mend the policy, that is named there' };
}

function troubleOf({ metadata, status = {} }: PodObject): Trouble | undefined {
  const { namespace, name, labels = {} } = metadata;
  const described = `kubectl describe pod -n ${namespace} ${name}`;
  const logs = `kubectl logs -n ${namespace} ${name}`;
  for (const { image, ready, state = {}, lastState = {} } of status.containerStatuses ?? []) {
    if (ready === true) continue;
    const { reason = '', message = '' } = state.waiting ?? {};
    if (/Image|Registry/.test(reason)) {
      const next = 'check spec.version, spec.imageRegistry and spec.imagePullSecrets';
      return { kind: 'image', what: `its image ${image} cannot be pulled${said(message)}`, next };
    }
    if (/Config|CreateContainer|RunContainer/.test(reason))
      return { kind: 'configuration', what: `its container cannot be made${said(message)}`, next: described };
    const ended = state.terminated ?? lastState.terminated;
    if (reason === 'CrashLoopBackOff' || (ended !== undefined && ended.exitCode !== 0)) {
      const how = ended === undefined ? '' : ` with exit code ${ended.exitCode} (${ended.reason})`;
      const service = SERVICES.find((one) => one === labels['app.kubernetes.io/name']);
      const starved = ended?.reason === 'OOMKilled' && service !== undefined;
      const next = starved
        ? `raise the memory limit in spec.services.${service}.resources`
        : `${logs}${state.terminated === undefined ? ' --previous' : ''}`;
      return { kind: 'crash', what: `its container ends${how}`, next };
    }
  }
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return { kind: 'no room', what: `no node takes its pod${said(scheduled.message ?? '')}`, next: described };
  const serves = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  if (status.phase !== 'Running' || serves) return undefined;
  return { kind: 'not ready', what: 'its pod runs and is not ready', next: logs };
}

const MAX_SAID = 300;

/** What the kubelet said, without what it says in turns while it waits to try again. */
function said(message: string): string {
  const plain = message
    .replace(/^Back-off pulling image "[^"]*"(: )?/, '')
    .replace(/^\w*Err\w*: /, '')
    .trim();
  if (plain === '') return '';
  return ` (${plain.length > MAX_SAID ? `${plain.slice(0, MAX_SAID - 1)}…` : plain})`;
}

/** A healthy start needs no asking. */
const PATIENCE_MS = 5_000;
/** Between two looks at the same pods. */
const AGAIN_MS = 15_000;
/** Pods of one template have the same trouble. */
const MAX_PODS = 100;

const MAX_KNOWN = 2_000;

/** Whose pods are meant. */
export interface PodSelection {
  readonly namespace: string;
  readonly labelSelector: string;
}

interface Known {
  readonly trouble: Trouble | undefined;
  readonly nextAtMs: number;
}

/**
 * Looks at the pods of what does not come up, and only of that: nothing watches pods, as there are thousands of them and
 * nearly all are well.
 */
export class PodTroubles {
  readonly #known = new Map<string, Known>();
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** What keeps these pods from serving, and when to ask again; they are given a moment first. */
  async of(pods: PodSelection, nowMs: number, signal: AbortSignal): Promise<Known> {
    const key = keyOf(pods);
    let known = this.#known.get(key) ?? { trouble: undefined, nextAtMs: nowMs + PATIENCE_MS };
    if (nowMs >= known.nextAtMs) known = { trouble: await this.now(pods, signal), nextAtMs: nowMs + AGAIN_MS };
    this.#known.delete(key);
    this.#known.set(key, known);
    // Of platforms that went while their pods did not start.
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  async now(pods: PodSelection, signal: AbortSignal): Promise<Trouble | undefined> {
    try {
      const { items } = await this.#client.listPage<PodObject>(POD, { ...pods, limit: MAX_PODS, signal });
      const next = `kubectl get events -n ${pods.namespace}`;
      return items.length === 0
        ? { kind: 'no pod', what: 'the cluster has made no pod of it', next }
        : podTrouble(items);
    } catch {
      signal.throwIfAborted();
      // It only makes messages better.
      return undefined;
    }
  }

  /** They are well, or not wanted any more. */
  forget(pods: PodSelection): void {
    this.#known.delete(keyOf(pods));
  }
}

const keyOf = ({ namespace, labelSelector }: PodSelection): string => `${namespace} ${labelSelector}`;
