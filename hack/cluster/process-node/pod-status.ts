import type { Condition, ContainerStatus, Phase, Pod, PodStatus } from './pod.ts';
import { isSidecar, restartPolicy } from './pod.ts';

export interface PodFacts {
  readonly ip: string | undefined;
  readonly hostIp: string;
  readonly startTime: string;
  /** In the order of the spec. */
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  readonly volumesReady: boolean;
  /** Says that the kubelet has given the pod up, whatever its containers say. */
  readonly failure?: { readonly reason: string; readonly message: string };
}

/** The status of a pod as a real kubelet would report it. Pure: `now` is RFC 3339. */
export function podStatus(pod: Pod, facts: PodFacts, now: string): PodStatus {
  const { ip, hostIp, init, main, failure } = facts;
  const phase = failure === undefined ? phaseOf(pod, init, main) : 'Failed';
  return {
    phase,
    ...(failure === undefined ? {} : failure),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    startTime: facts.startTime,
    qosClass: pod.status?.qosClass,
    conditions: conditionsOf(pod, facts, phase, now),
    containerStatuses: main,
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
  };
}

export function phaseOf(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): Phase {
  const policy = restartPolicy(pod);
  const initFailed = init.some(({ name, state }) => {
    const spec = pod.spec.initContainers?.find((one) => one.name === name);
    return spec !== undefined && !isSidecar(spec) && (state.terminated?.exitCode ?? 0) !== 0;
  });
  if (policy === 'Never' && initFailed) return 'Failed';
  if (!initialized(pod, init)) return 'Pending';
  if (main.some(({ state, lastState }) => state.waiting !== undefined && lastState.terminated === undefined))
    return 'Pending';
  const over = main.every(({ state }) => state.terminated !== undefined);
  if (!over || policy === 'Always') return 'Running';
  const failed = main.some(({ state }) => state.terminated?.exitCode !== 0);
  if (!failed) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** True once every init container has succeeded and every sidecar has started. */
export function initialized(pod: Pod, init: readonly ContainerStatus[]): boolean {
  return (pod.spec.initContainers ?? []).every((spec) => {
    const status = init.find(({ name }) => name === spec.name);
    return isSidecar(spec) ? status?.started === true : status?.state.terminated?.exitCode === 0;
  });
}

function conditionsOf(pod: Pod, facts: PodFacts, phase: Phase, now: string): Condition[] {
  const before = pod.status?.conditions ?? [];
  const over = phase === 'Succeeded' || phase === 'Failed';
  const names = (statuses: readonly ContainerStatus[]) => `[${statuses.map(({ name }) => name).join(' ')}]`;
  const make = (type: string, ok: boolean, reason?: string, message?: string): Condition => {
    const status = ok ? 'True' : 'False';
    const old = before.find((condition) => condition.type === type);
    return {
      type,
      status,
      ...(ok || reason === undefined ? {} : { reason }),
      ...(ok || message === undefined ? {} : { message }),
      lastProbeTime: null,
      lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? now) : now,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    };
  };
  const sidecars = facts.init.filter(({ name }) =>
    pod.spec.initContainers?.some((spec) => spec.name === name && isSidecar(spec)),
  );
  const unready = [...sidecars, ...facts.main].filter(({ ready }) => !ready);
  const why = over ? (phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed') : 'ContainersNotReady';
  const which = over ? undefined : `containers with unready status: ${names(unready)}`;
  const containersReady = !over && facts.failure === undefined && unready.length === 0;
  const gates = pod.spec.readinessGates ?? [];
  const shut = gates.filter(
    ({ conditionType }) => !before.some((c) => c.type === conditionType && c.status === 'True'),
  );
  const incomplete = facts.init.filter(({ state }) => state.terminated?.exitCode !== 0);
  const own = [
    make('PodReadyToStartContainers', facts.volumesReady && !over),
    make(
      'Initialized',
      initialized(pod, facts.init) || phase === 'Succeeded',
      'ContainersNotInitialized',
      `containers with incomplete status: ${names(incomplete)}`,
    ),
    containersReady && shut.length > 0
      ? make(
          'Ready',
          false,
          'ReadinessGatesNotReady',
          `gates not ready: ${shut.map((gate) => gate.conditionType).join(' ')}`,
        )
      : make('Ready', containersReady, why, which),
    make('ContainersReady', containersReady, why, which),
  ];
  // Other conditions, such as PodScheduled or DisruptionTarget, are others' to write.
  return [...before.filter(({ type }) => !own.some((condition) => condition.type === type)), ...own];
}
