import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { adopted, type Container, mustRestart, statusOf } from './container.ts';
import { watchHealth } from './container-health.ts';
import { ContainerLog } from './container-log.ts';
import {
  type ContainerPlace,
  containerCommand,
  containerPlace,
  ended,
  execCollect,
  killGroup,
  logOutput,
  StartError,
  startProcess,
} from './container-process.ts';
import type { EventRecorder } from './event-recorder.ts';
import { findImage } from './image-catalogue.ts';
import type { KubeApi } from './kube-api.ts';
import {
  type ContainerSpec,
  type Handler,
  isSidecar,
  type Pod,
  type PodStatus,
  restartPolicy,
  type Terminated,
} from './pod.ts';
import { ConfigMissing, containerEnvironment, type NodeFacts } from './pod-environment.ts';
import { podStatus } from './pod-status.ts';
import { PodVolumes } from './pod-volumes.ts';
import { askHttp, type ProbeTarget } from './probes.ts';
import { backoffMs } from './restart-backoff.ts';
import type { PodPlace } from './settings.ts';
import { StatusWriter } from './status-writer.ts';

const MISSING_RETRY_MS = 2_000;
const REFRESH_MS = 30_000;

export interface WorkerDeps {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly node: NodeFacts;
  readonly dns: PodPlace['dns'];
  /** The cluster's domain, such as cluster.local. */
  readonly domain: string;
  /** Folder of all pods. */
  readonly pods: string;
  readonly logs: string;
  readonly images: string;
  /** Folders whose paths mean themselves inside pods. */
  readonly real: readonly string[];
  readonly lowPortShift: number;
}

/**
 * Runs one pod from its arrival to its end: volumes, init containers, containers with their probes and restarts, and the
 * orderly end. It writes the pod's status whenever it changes.
 */
export class PodWorker {
  readonly #deps: WorkerDeps;
  readonly #ip: string;
  readonly #volumes: PodVolumes;
  readonly #status: StatusWriter;
  readonly #init: readonly Container[];
  readonly #main: readonly Container[];
  readonly #startTime: string;
  /** Fires when the pod is to end; waits for restarts and missing things end with it. */
  readonly #ending = new AbortController();
  #pod: Pod;
  #volumesReady = false;
  #failure: { reason: string; message: string } | undefined;
  #over = false;
  #finished: Promise<void> | undefined;
  #ended: Promise<void> | undefined;

  constructor(deps: WorkerDeps, pod: Pod, ip: string) {
    this.#deps = deps;
    this.#pod = pod;
    this.#ip = ip;
    const directory = join(deps.pods, pod.metadata.uid, 'volumes');
    this.#volumes = new PodVolumes({ api: deps.api, directory, node: deps.node });
    this.#status = new StatusWriter(deps, {
      now: () => ({ pod: this.#pod, status: this.#statusNow() }),
      written: (newer) => {
        if (this.#pod.metadata.deletionTimestamp === undefined) this.#pod = newer;
      },
    });
    this.#startTime = pod.status?.startTime ?? this.#now();
    const before = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const take = (spec: ContainerSpec) =>
      adopted(
        spec,
        before.find(({ name }) => name === spec.name),
        this.#now(),
      );
    this.#init = (pod.spec.initContainers ?? []).map(take);
    this.#main = pod.spec.containers.map(take);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get ip(): string {
    return this.#ip;
  }

  /** Running processes, for figures: container name and pid. */
  processes(): { name: string; pid: number; startedAt: string }[] {
    return [...this.#init, ...this.#main].flatMap(({ spec, child, state }) =>
      child?.pid === undefined ? [] : [{ name: spec.name, pid: child.pid, startedAt: state.running?.startedAt ?? '' }],
    );
  }

  /** Where the log of a container's current or previous life lies; undefined when there is no such container or life. */
  logOf(name: string, previous: boolean): { path: string; alive: () => boolean } | undefined {
    const container = this.#find(name);
    if (container === undefined) return undefined;
    const life = container.restartCount - (previous ? 1 : 0);
    if (life < 0) return undefined;
    return {
      path: this.#logPath(container, life),
      alive: () => container.restartCount === life && container.child !== undefined && !this.#over,
    };
  }

  /** What a command inside a running container starts from; undefined when it does not run. */
  placeOf(name: string | undefined): ContainerPlace | undefined {
    const container = name === undefined ? this.#main[0] : this.#find(name);
    return container?.child === undefined ? undefined : container.place;
  }

  start(): void {
    this.#finished ??= this.#run().catch((error: unknown) => {
      this.#deps.log.error({ err: error, pod: this.#pod.metadata.name }, 'the pod cannot go on');
    });
  }

  /** Takes a newer version of the same pod. */
  update(pod: Pod): void {
    this.#pod = pod;
  }

  /** Ends the pod in order: hooks, SIGTERM, and SIGKILL after the grace. May be called again with a shorter grace. */
  async end(graceMs: number): Promise<void> {
    this.#ending.abort();
    const end = async () => {
      const stops = (containers: readonly Container[]) => Promise.all(containers.map(({ stop }) => stop?.(graceMs)));
      await stops(this.#main);
      await stops(this.#init); // Sidecars outlive what they serve.
      await this.#finished;
    };
    if (this.#ended === undefined || graceMs === 0) this.#ended = end();
    await this.#ended;
    this.#over = true;
    this.#status.touch();
    await this.#status.settled();
  }

  /** Ends the pod's processes at once and writes nothing more: the node ends, and the next one says what has become of them. */
  async kill(): Promise<void> {
    this.#status.silence();
    this.#ending.abort();
    await Promise.all([...this.#main, ...this.#init].map(({ stop }) => stop?.(0)));
    await this.#finished;
  }

  /** Removes what the pod has on disk, except its logs. */
  cleanUp(): void {
    rmSync(join(this.#deps.pods, this.#pod.metadata.uid), { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    this.#status.touch();
    await this.#prepareVolumes();
    const refresh = setInterval(() => void this.#refreshVolumes(), REFRESH_MS);
    const deadline = this.#pod.spec.activeDeadlineSeconds;
    const expiry =
      deadline === undefined
        ? undefined
        : setTimeout(
            () => {
              this.#failure = {
                reason: 'DeadlineExceeded',
                message: 'Pod was active on the node longer than the specified deadline',
              };
              void this.end((this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000);
            },
            Math.max(0, Date.parse(this.#startTime) + deadline * 1_000 - this.#deps.clock.now()),
          );
    try {
      const sidecars: Promise<unknown>[] = [];
      for (const container of this.#init) {
        if (isSidecar(container.spec)) {
          sidecars.push(this.#keep(container, 'Always'));
          await this.#until(() => container.started);
        } else if (container.state.terminated?.exitCode !== 0) {
          const policy = restartPolicy(this.#pod);
          await this.#keep(container, policy === 'Always' ? 'OnFailure' : policy);
          if (container.state.terminated?.exitCode !== 0) break;
        }
        if (this.#ending.signal.aborted) break;
      }
      const prepared = this.#init.every((one) => isSidecar(one.spec) || one.state.terminated?.exitCode === 0);
      if (prepared && !this.#ending.signal.aborted) {
        await Promise.all(this.#main.map((container) => this.#keep(container, restartPolicy(this.#pod))));
      }
      this.#ending.abort();
      await Promise.all(this.#init.map(({ stop }) => stop?.(2_000)));
      await Promise.all(sidecars);
    } finally {
      clearInterval(refresh);
      clearTimeout(expiry);
      this.#status.touch();
    }
  }

  async #prepareVolumes(): Promise<void> {
    for (let attempt = 1; !this.#ending.signal.aborted; attempt++) {
      try {
        await this.#volumes.write(this.#pod, this.#ip, this.#deps.clock.now());
        this.#volumesReady = true;
        this.#status.touch();
        return;
      } catch (error) {
        // The API server's authorizer learns of a new binding a moment later than we do.
        if (attempt > 5) this.#event('Warning', 'FailedMount', `MountVolume.SetUp failed: ${messageOf(error)}`);
        await this.#pause(Math.min(MISSING_RETRY_MS, 100 * attempt));
      }
    }
  }

  async #refreshVolumes(): Promise<void> {
    try {
      await this.#volumes.write(this.#pod, this.#ip, this.#deps.clock.now());
    } catch (error) {
      this.#deps.log.warn({ err: error, pod: this.#pod.metadata.name }, 'volumes keep their old content');
    }
  }

  /** Runs a container again and again, as the policy says, until it has ended for good or the pod is to end. */
  async #keep(container: Container, policy: 'Always' | 'OnFailure' | 'Never'): Promise<void> {
    const finished = container.state.terminated;
    if (finished !== undefined && !mustRestart(policy, finished.exitCode)) return;
    while (!this.#ending.signal.aborted) {
      if (container.state.terminated !== undefined) {
        await this.#waitForRestart(container, container.state.terminated);
        if (this.#ending.signal.aborted) return;
        container.restartCount += 1;
      }
      const place = await this.#prepare(container);
      if (place === undefined) return;
      const terminated = await this.#live(container, place);
      container.state = { terminated };
      container.ready = false;
      container.started = false;
      this.#status.touch();
      if (!mustRestart(policy, terminated.exitCode)) return;
    }
  }

  /** Waits out the back-off with the state that people look for. */
  async #waitForRestart(container: Container, last: Terminated): Promise<void> {
    const lifeMs = Date.parse(last.finishedAt) - Date.parse(last.startedAt);
    container.crashes = lifeMs > 10 * 60_000 ? 0 : container.crashes;
    const waitMs = backoffMs(container.crashes);
    container.crashes += 1;
    container.lastState = { terminated: last };
    if (waitMs === 0) return;
    const { name, namespace, uid } = this.#pod.metadata;
    const which = `container=${container.spec.name} pod=${name}_${namespace}(${uid})`;
    container.state = {
      waiting: { reason: 'CrashLoopBackOff', message: `back-off ${waitMs / 1_000}s restarting failed ${which}` },
    };
    this.#event('Warning', 'BackOff', `Back-off restarting failed ${which}`, container);
    this.#status.touch();
    await this.#pause(waitMs);
  }

  /** Image, variables and folders; waits for what is missing. Undefined when the pod is to end meanwhile. */
  async #prepare(container: Container): Promise<ContainerPlace | undefined> {
    const { spec } = container;
    while (!this.#ending.signal.aborted) {
      try {
        const image = findImage(this.#deps.images, spec.image);
        if (image === undefined) {
          const message = `Container image "${spec.image}" is not present; the process node knows what "npm run images" has made`;
          this.#wait(container, spec.imagePullPolicy === 'Never' ? 'ErrImageNeverPull' : 'ErrImagePull', message);
        } else {
          container.imageId = `sha256:${image.hash}`;
          const { node, api } = this.#deps;
          const variables = await containerEnvironment(api, this.#pod, spec, node, this.#ip);
          const home = join(this.#deps.pods, this.#pod.metadata.uid, 'home', spec.name);
          return containerPlace(spec, image, variables, this.#podPlace(spec, image), home);
        }
      } catch (error) {
        const known = error instanceof ConfigMissing;
        this.#wait(container, known ? 'CreateContainerConfigError' : 'CreateContainerError', messageOf(error));
      }
      await this.#pause(MISSING_RETRY_MS);
    }
    return undefined;
  }

  #wait(container: Container, reason: string, message: string): void {
    container.state = { waiting: { reason, message } };
    this.#event('Warning', 'Failed', `Error: ${message}`, container);
    this.#status.touch();
  }

  /** One life of a container, from its start to its end. */
  async #live(container: Container, place: ContainerPlace): Promise<Terminated> {
    const { spec } = container;
    const startedAt = this.#now();
    const log = new ContainerLog(this.#logPath(container, container.restartCount));
    let child: ChildProcess;
    try {
      child = startProcess(place, containerCommand(spec, place.image, place.env));
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#event('Warning', 'Failed', `Error: ${error.message}`, container);
      await log.close();
      return { exitCode: 128, reason: 'StartError', message: error.message, startedAt, finishedAt: this.#now() };
    }
    logOutput(child, log);
    const over = ended(child);
    container.child = child;
    container.place = place;
    container.containerId = `process://${child.pid ?? 0}`;
    container.state = { running: { startedAt } };
    this.#event('Normal', 'Started', `Container started`, container);
    const probes = new AbortController();
    container.stop = this.#stopper(container, child, over, probes);
    this.#status.touch();
    const postStart = spec.lifecycle?.postStart;
    if (postStart !== undefined) void this.#hook(container, postStart, 30_000);
    this.#watchHealth(container, probes.signal);
    const exit = await over;
    probes.abort();
    killGroup(child);
    container.child = undefined;
    container.stop = undefined;
    await log.close();
    return {
      exitCode: exit.code,
      ...(exit.signal === undefined ? {} : { signal: exit.signal }),
      reason: exit.code === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: this.#now(),
      ...(container.containerId === undefined ? {} : { containerID: container.containerId }),
    };
  }

  /** Hook, SIGTERM, grace, SIGKILL; the grace covers the hook too. A second call with less grace hastens the first. */
  #stopper(container: Container, child: ChildProcess, over: Promise<unknown>, probes: AbortController) {
    let first = true;
    return async (graceMs: number) => {
      const until = this.#deps.clock.monotonic() + graceMs;
      if (first && graceMs > 0) {
        first = false;
        this.#event('Normal', 'Killing', `Stopping container ${container.spec.name}`, container);
        const hook = container.spec.lifecycle?.preStop;
        if (hook !== undefined) await Promise.race([this.#hook(container, hook, graceMs), over, sleep(graceMs)]);
        child.kill('SIGTERM');
        await Promise.race([over, sleep(Math.max(0, until - this.#deps.clock.monotonic()))]);
      }
      probes.abort();
      killGroup(child);
      await over;
    };
  }

  async #hook(container: Container, hook: Handler, timeoutMs: number): Promise<void> {
    const target = this.#target(container);
    if (hook.sleep !== undefined) {
      await sleep(Math.min(hook.sleep.seconds * 1_000, timeoutMs));
      return;
    }
    const answer =
      hook.httpGet !== undefined
        ? await askHttp(hook.httpGet, target, timeoutMs)
        : hook.exec !== undefined
          ? await target.exec(hook.exec.command, timeoutMs)
          : undefined;
    const failed = answer !== undefined && ('ok' in answer ? !answer.ok : answer.code !== 0);
    if (failed) this.#event('Warning', 'FailedLifecycleHook', 'the hook failed', container);
  }

  #watchHealth(container: Container, signal: AbortSignal): void {
    watchHealth(container, this.#target(container), signal, {
      event: (type, reason, message) => this.#event(type, reason, message, container),
      changed: () => this.#status.touch(),
      restart: (seconds) => {
        const grace = seconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30;
        void container.stop?.(grace * 1_000);
      },
    });
  }

  #target(container: Container): ProbeTarget {
    const { place, spec } = container;
    if (place === undefined) throw new Error(`${spec.name} has not been prepared`);
    return {
      ip: this.#ip,
      lowPortShift: this.#deps.lowPortShift,
      spec,
      exec: async (command, timeoutMs) => await execCollect(place, command, timeoutMs),
    };
  }

  #podPlace(spec: ContainerSpec, image: { readonly path: string; readonly directory: string }): PodPlace {
    const { metadata } = this.#pod;
    const { domain, dns } = this.#deps;
    const volumes = this.#pod.spec.volumes ?? [];
    const mounts = (spec.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }) => {
      const volume = volumes.find((one) => one.name === name);
      if (volume === undefined) return [];
      const path = mountPath.length > 1 ? mountPath.replace(/\/+$/, '') : mountPath;
      return [{ path, at: join(this.#volumes.pathOf(volume), subPath ?? '') }];
    });
    const search = [`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
    return {
      ip: this.#ip,
      hostname: this.#pod.spec.hostname ?? metadata.name.slice(0, 63),
      dns: { ...dns, search: [...search, ...(this.#pod.spec.dnsConfig?.searches ?? [])] },
      paths: [{ path: image.path, at: image.directory }, ...mounts],
      real: this.#deps.real,
      lowPortShift: this.#deps.lowPortShift,
    };
  }

  #statusNow(): PodStatus {
    return podStatus(
      this.#pod,
      {
        ip: this.#ip,
        hostIp: this.#deps.node.address,
        startTime: this.#startTime,
        init: this.#init.map((one) => statusOf(one, !isSidecar(one.spec))),
        main: this.#main.map((one) => statusOf(one, false)),
        volumesReady: this.#volumesReady,
        ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      },
      this.#now(),
    );
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, container?: Container): void {
    const field = container === undefined ? undefined : `spec.containers{${container.spec.name}}`;
    this.#deps.events.record(this.#pod, { type, reason, message, field });
  }

  #find(name: string): Container | undefined {
    return [...this.#main, ...this.#init].find(({ spec }) => spec.name === name);
  }

  #logPath({ spec }: Container, life: number): string {
    const { namespace, name, uid } = this.#pod.metadata;
    return join(this.#deps.logs, `${namespace}_${name}_${uid}`, spec.name, `${life}.log`);
  }

  #now(): string {
    return `${new Date(this.#deps.clock.now()).toISOString().slice(0, 19)}Z`;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ending.signal }).catch(() => {});
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#ending.signal.aborted) await this.#pause(50);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
