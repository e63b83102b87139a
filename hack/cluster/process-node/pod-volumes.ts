import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KubeApi } from './kube-api.ts';
import type { DownwardItems, Items, Pod, Volume } from './pod.ts';
import { ConfigMissing, fieldValue, type NodeFacts, readSources, resourceValue } from './pod-environment.ts';

/** Tokens are asked for again when this much of their life is over, as the real kubelet does. */
const TOKEN_SHARE = 0.8;

/** The volumes of one pod, as folders below `directory`. */
export class PodVolumes {
  readonly #api: KubeApi;
  readonly #directory: string;
  readonly #node: NodeFacts;
  readonly #tokens = new Map<string, { readonly token: string; readonly renewAtMs: number }>();

  constructor(deps: { readonly api: KubeApi; readonly directory: string; readonly node: NodeFacts }) {
    this.#api = deps.api;
    this.#directory = deps.directory;
    this.#node = deps.node;
  }

  /** Folder of a volume; a hostPath is the path itself. */
  pathOf(volume: Volume): string {
    return volume.hostPath?.path ?? join(this.#directory, volume.name);
  }

  /**
   * Makes the folders, or brings what is in them up to date. Throws ConfigMissing for something the pod refers to that is not
   * there, or for a kind of volume that this node does not have.
   */
  async write(pod: Pod, ip: string, nowMs: number): Promise<void> {
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.hostPath !== undefined) continue;
      const files = await this.#filesOf(pod, volume, ip, nowMs);
      const directory = this.pathOf(volume);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const [path, content] of Object.entries(files ?? {})) writeFile(join(directory, path), content);
    }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Undefined for a volume that begins empty. */
  async #filesOf(pod: Pod, volume: Volume, ip: string, nowMs: number): Promise<Record<string, string> | undefined> {
    if (volume.emptyDir !== undefined) return undefined;
    if (volume.configMap !== undefined)
      return await this.#keysOf(pod, 'configMap', volume.configMap.name, volume.configMap);
    if (volume.secret !== undefined) return await this.#keysOf(pod, 'secret', volume.secret.secretName, volume.secret);
    if (volume.downwardAPI !== undefined) return this.#downward(pod, volume.downwardAPI, ip);
    if (volume.projected === undefined) {
      throw new ConfigMissing(`volume ${volume.name} is of a kind that the process node does not have`);
    }
    let files: Record<string, string> = {};
    for (const source of volume.projected.sources ?? []) {
      const { configMap, secret, downwardAPI, serviceAccountToken } = source;
      if (configMap !== undefined)
        files = { ...files, ...(await this.#keysOf(pod, 'configMap', configMap.name, configMap)) };
      if (secret !== undefined) files = { ...files, ...(await this.#keysOf(pod, 'secret', secret.name, secret)) };
      if (downwardAPI !== undefined) files = { ...files, ...this.#downward(pod, downwardAPI, ip) };
      if (serviceAccountToken !== undefined) {
        const { path, audience, expirationSeconds = 3600 } = serviceAccountToken;
        files[path] = await this.#token(pod, audience, expirationSeconds, nowMs);
      }
    }
    return files;
  }

  async #keysOf(pod: Pod, kind: 'configMap' | 'secret', name: string, items: Items): Promise<Record<string, string>> {
    const data = await readSources(this.#api, pod.metadata.namespace)[kind](name);
    if (data === undefined && items.optional === true) return {};
    if (data === undefined) throw new ConfigMissing(`${kind.toLowerCase()} "${name}" not found`);
    if (items.items === undefined) return { ...data };
    const chosen: Record<string, string> = {};
    for (const { key, path } of items.items) {
      const value = data[key];
      if (value === undefined && items.optional === true) continue;
      if (value === undefined) throw new ConfigMissing(`references non-existent ${kind.toLowerCase()} key: ${key}`);
      chosen[path] = value;
    }
    return chosen;
  }

  #downward(pod: Pod, downward: DownwardItems, ip: string): Record<string, string> {
    const first = pod.spec.containers[0];
    return Object.fromEntries(
      (downward.items ?? []).map(({ path, fieldRef, resourceFieldRef }) => {
        if (fieldRef !== undefined) return [path, fieldValue(pod, fieldRef.fieldPath, this.#node, ip)];
        if (resourceFieldRef !== undefined && first !== undefined) {
          return [path, resourceValue(pod, first, resourceFieldRef, this.#node)];
        }
        return [path, ''];
      }),
    );
  }

  /** A token of the pod's service account, good only while this pod exists. */
  async #token(pod: Pod, audience: string | undefined, expirationSeconds: number, nowMs: number): Promise<string> {
    const key = audience ?? '';
    const held = this.#tokens.get(key);
    if (held !== undefined && held.renewAtMs > nowMs) return held.token;
    const { namespace, name, uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? 'default';
    const { status } = await this.#api.call<{ status: { token: string; expirationTimestamp: string } }>(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          ...(audience === undefined ? {} : { audiences: [audience] }),
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    );
    const lifeMs = Date.parse(status.expirationTimestamp) - nowMs;
    this.#tokens.set(key, { token: status.token, renewAtMs: nowMs + lifeMs * TOKEN_SHARE });
    return status.token;
  }
}

/** Renamed into place, so that a program never reads half of it. */
function writeFile(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, content);
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
}
