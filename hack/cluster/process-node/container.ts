import type { ChildProcess } from 'node:child_process';
import type { ContainerPlace } from './container-process.ts';
import type { ContainerSpec, ContainerState, ContainerStatus } from './pod.ts';

/** One container of the pod and what is known of its current and last life. */
export interface Container {
  readonly spec: ContainerSpec;
  state: ContainerState;
  lastState: ContainerState;
  restartCount: number;
  ready: boolean;
  started: boolean;
  imageId: string;
  containerId: string | undefined;
  /** While a process runs. */
  child: ChildProcess | undefined;
  place: ContainerPlace | undefined;
  /** Asks the process to end; set while it runs. */
  stop: ((graceMs: number) => Promise<void>) | undefined;
  /** Restarts in a row after short lives; the first comes at once. */
  crashes: number;
}

/** Whether a container that has ended is started again. */
export function mustRestart(policy: 'Always' | 'OnFailure' | 'Never', exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** A container as an earlier kubelet left it: its process is gone with that one, what it had finished stays finished. */
export function adopted(spec: ContainerSpec, before: ContainerStatus | undefined, now: string): Container {
  const lost: ContainerState = {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The process ended with the node that ran it',
      startedAt: before?.state.running?.startedAt ?? now,
      finishedAt: now,
    },
  };
  const ranBefore = before?.state.running !== undefined || before?.lastState.terminated !== undefined;
  const state = before?.state.terminated !== undefined ? before.state : ranBefore ? lost : undefined;
  return {
    spec,
    state: state ?? { waiting: { reason: 'ContainerCreating' } },
    lastState: before?.lastState ?? {},
    restartCount: before?.restartCount ?? 0,
    ready: false,
    started: false,
    imageId: before?.imageID ?? '',
    containerId: before?.containerID,
    child: undefined,
    place: undefined,
    stop: undefined,
    crashes: 0,
  };
}

/** One that is there to end, an init container, counts as ready once it has. */
export function statusOf(container: Container, endsReady: boolean): ContainerStatus {
  const { spec, state, lastState, restartCount, started, imageId, containerId } = container;
  const finished = state.terminated?.exitCode === 0;
  return {
    name: spec.name,
    image: spec.image,
    imageID: imageId,
    ...(containerId === undefined ? {} : { containerID: containerId }),
    restartCount,
    ready: container.ready || (endsReady && finished),
    started,
    state,
    lastState,
  };
}
