import { cpus, release, totalmem } from 'node:os';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { ApiError, type KubeApi } from './kube-api.ts';
import type { KubeletSettings } from './settings.ts';

const STATUS_EVERY_MS = 10_000;
const LEASE_SECONDS = 40;
const MAX_PODS = 250;

/** What the scheduler may hand out: the whole machine, because processes share it without walls between them. */
export function nodeCapacity(): Record<string, string> {
  return {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: String(MAX_PODS),
    'ephemeral-storage': '100Gi',
  };
}

/** Makes the Node object, or takes over the one that is there, and keeps its status and its Lease fresh. */
export class NodeRegistration {
  readonly #deps: {
    readonly api: KubeApi;
    readonly clock: Clock;
    readonly log: Logger;
    readonly settings: KubeletSettings;
  };
  #since = '';

  constructor(deps: {
    readonly api: KubeApi;
    readonly clock: Clock;
    readonly log: Logger;
    readonly settings: KubeletSettings;
  }) {
    this.#deps = deps;
  }

  async register(): Promise<void> {
    const { api, settings } = this.#deps;
    const { name, labels } = settings.node;
    this.#since = this.#now();
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          ...{ 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': goArch() },
          ...{ 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': goArch() },
          ...labels,
        },
      },
      spec: {},
    };
    try {
      await api.call('POST', '/api/v1/nodes', node);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
    }
    await this.#writeStatus();
    await this.#renewLease();
  }

  /** Until the signal fires. A beat that fails is tried again with the next one; the node controller waits 40 s. */
  async keepFresh(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(STATUS_EVERY_MS, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#renewLease();
        await this.#writeStatus();
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'the node could not say that it is alive');
      }
    }
  }

  async #writeStatus(): Promise<void> {
    const { api, settings } = this.#deps;
    const { name, address } = settings.node;
    const now = this.#now();
    const condition = (type: string, status: string, reason: string, message: string) => ({
      ...{ type, status, reason, message },
      ...{ lastHeartbeatTime: now, lastTransitionTime: this.#since },
    });
    const capacity = nodeCapacity();
    await api.mergePatch(`/api/v1/nodes/${name}/status`, {
      status: {
        capacity,
        allocatable: capacity,
        addresses: [
          { type: 'InternalIP', address },
          { type: 'Hostname', address: name },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: settings.server.port } },
        // The API server then passes `kubectl exec` on as the WebSocket that it is.
        declaredFeatures: ['ExtendWebSocketsToKubelet'],
        nodeInfo: {
          ...{ machineID: name, systemUUID: name, bootID: name },
          ...{
            kernelVersion: release(),
            osImage: 'processes of this machine',
            architecture: goArch(),
            operatingSystem: 'linux',
          },
          ...{
            containerRuntimeVersion: `process://${process.version.slice(1)}`,
            kubeletVersion: 'v1.36.3',
            kubeProxyVersion: '',
          },
        },
        conditions: [
          condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'not watched by the process node'),
          condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'not watched by the process node'),
          condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'not watched by the process node'),
          condition('Ready', 'True', 'KubeletReady', 'the process node runs pods'),
        ],
      },
    });
  }

  async #renewLease(): Promise<void> {
    const { api, settings, clock } = this.#deps;
    const { name } = settings.node;
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: new Date(clock.now()).toISOString().replace('Z', '000Z'),
    };
    try {
      await api.mergePatch(`${leases}/${name}`, { spec });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      await api.call('POST', leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec,
      });
    }
  }

  #now(): string {
    return `${new Date(this.#deps.clock.now()).toISOString().slice(0, 19)}Z`;
  }
}

function goArch(): string {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}
