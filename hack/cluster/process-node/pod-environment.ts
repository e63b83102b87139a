import { expand } from './expansion.ts';
import type { KubeApi } from './kube-api.ts';
import { ApiError } from './kube-api.ts';
import type { ContainerSpec, EnvVar, Pod } from './pod.ts';
import { parseQuantity } from './quantity.ts';

/** Something that the pod refers to is missing or wrong; the container waits with this as its message. */
export class ConfigMissing extends Error {
  override readonly name = 'ConfigMissing';
}

export interface NodeFacts {
  readonly name: string;
  readonly address: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

interface Sources {
  readonly configMap: (name: string) => Promise<Readonly<Record<string, string>> | undefined>;
  readonly secret: (name: string) => Promise<Readonly<Record<string, string>> | undefined>;
}

/**
 * The variables that Kubernetes gives to a container: Services, envFrom, env, in this order. Throws ConfigMissing for a
 * reference that leads nowhere.
 */
export async function containerEnvironment(
  api: KubeApi,
  pod: Pod,
  container: ContainerSpec,
  node: NodeFacts,
  ip: string,
): Promise<Record<string, string>> {
  const sources = readSources(api, pod.metadata.namespace);
  const env: Record<string, string> = { ...(await serviceVariables(api, pod)) };
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const [kind, ref] =
      configMapRef === undefined ? (['secret', secretRef] as const) : (['configMap', configMapRef] as const);
    if (ref === undefined) continue;
    const data = await sources[kind](ref.name);
    if (data === undefined && ref.optional !== true)
      throw new ConfigMissing(`${kind.toLowerCase()} "${ref.name}" not found`);
    for (const [key, value] of Object.entries(data ?? {})) env[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, { sources, pod, container, node, ip, env });
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

async function variableValue(
  variable: EnvVar,
  at: {
    readonly sources: Sources;
    readonly pod: Pod;
    readonly container: ContainerSpec;
    readonly node: NodeFacts;
    readonly ip: string;
    readonly env: Record<string, string>;
  },
): Promise<string | undefined> {
  const { valueFrom } = variable;
  if (valueFrom === undefined) return expand(variable.value ?? '', at.env);
  if (valueFrom.fieldRef !== undefined) return fieldValue(at.pod, valueFrom.fieldRef.fieldPath, at.node, at.ip);
  if (valueFrom.resourceFieldRef !== undefined) {
    return resourceValue(at.pod, at.container, valueFrom.resourceFieldRef, at.node);
  }
  for (const kind of ['configMap', 'secret'] as const) {
    const ref = kind === 'configMap' ? valueFrom.configMapKeyRef : valueFrom.secretKeyRef;
    if (ref === undefined) continue;
    const data = await at.sources[kind](ref.name);
    const value = data?.[ref.key];
    if (value !== undefined) return value;
    if (ref.optional === true) return undefined;
    throw new ConfigMissing(
      data === undefined
        ? `${kind.toLowerCase()} "${ref.name}" not found`
        : `couldn't find key ${ref.key} in ${kind === 'configMap' ? 'ConfigMap' : 'Secret'} ${at.pod.metadata.namespace}/${ref.name}`,
    );
  }
  return undefined;
}

/** A field of the pod, as fieldRef and the downward API name it. */
export function fieldValue(pod: Pod, path: string, node: NodeFacts, ip: string): string {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed !== null) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const lines = (map: Readonly<Record<string, string>> | undefined) =>
    Object.entries(map ?? {})
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join('\n');
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'metadata.labels': lines(metadata.labels),
    'metadata.annotations': lines(metadata.annotations),
    'spec.nodeName': node.name,
    'spec.serviceAccountName': spec.serviceAccountName ?? 'default',
    'status.podIP': ip,
    'status.podIPs': ip,
    'status.hostIP': node.address,
    'status.hostIPs': node.address,
  };
  const value = fields[path];
  if (value === undefined) throw new ConfigMissing(`fieldRef ${path} is not known here`);
  return value;
}

/** Whole units of the divisor, rounded up; a limit that is not set means the node's. */
export function resourceValue(
  pod: Pod,
  container: ContainerSpec,
  ref: { readonly containerName?: string; readonly resource: string; readonly divisor?: string },
  node: NodeFacts,
): string {
  const from =
    ref.containerName === undefined
      ? container
      : [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find(({ name }) => name === ref.containerName);
  const [kind = '', resource = ''] = ref.resource.split(/\.(.*)/);
  const set = kind === 'limits' ? from?.resources?.limits?.[resource] : from?.resources?.requests?.[resource];
  const quantity = set ?? (kind === 'limits' ? node.allocatable[resource] : undefined) ?? '0';
  const divisor = ref.divisor === undefined || ref.divisor === '0' ? '1' : ref.divisor;
  return String(Math.ceil(parseQuantity(quantity) / parseQuantity(divisor)));
}

export function readSources(api: KubeApi, namespace: string): Sources {
  const read = async (kind: 'configmaps' | 'secrets', name: string) => {
    try {
      const path = `/api/v1/namespaces/${namespace}/${kind}/${name}`;
      return await api.call<{ data?: Record<string, string>; binaryData?: Record<string, string> }>('GET', path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      // The node may read only what a pod of its own refers to, and learns of new pods a moment later than we do.
      if (error instanceof ApiError && error.status === 403) throw new ConfigMissing(error.message);
      throw error;
    }
  };
  return {
    configMap: async (name) => {
      const found = await read('configmaps', name);
      return found === undefined ? undefined : (found.data ?? {});
    },
    secret: async (name) => {
      const found = await read('secrets', name);
      if (found === undefined) return undefined;
      const entries = Object.entries(found.data ?? {});
      return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
    },
  };
}

/** Where the Services are, in the variables of old: the API server's for everyone, the namespace's own unless turned off. */
async function serviceVariables(api: KubeApi, pod: Pod): Promise<Record<string, string>> {
  const { namespace } = pod.metadata;
  const of = async (wanted: string) =>
    (await api.call<{ items: ServiceObject[] }>('GET', `/api/v1/namespaces/${wanted}/services`)).items;
  const linked = pod.spec.enableServiceLinks === false ? [] : await of(namespace);
  const api_ = namespace === 'default' && linked.length > 0 ? [] : (await of('default')).filter(isApi);
  const env: Record<string, string> = {};
  for (const { metadata, spec } of [...api_, ...linked]) {
    if (spec.clusterIP === undefined || spec.clusterIP === 'None' || spec.clusterIP === '') continue;
    const prefix = metadata.name.toUpperCase().replaceAll('-', '_');
    env[`${prefix}_SERVICE_HOST`] = spec.clusterIP;
    for (const [at, { name, port }] of (spec.ports ?? []).entries()) {
      if (at === 0) env[`${prefix}_SERVICE_PORT`] = String(port);
      if (name !== undefined) env[`${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll('-', '_')}`] = String(port);
    }
  }
  return env;
}

interface ServiceObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly clusterIP?: string; readonly ports?: { name?: string; port: number }[] };
}

const isApi = ({ metadata }: ServiceObject) => metadata.name === 'kubernetes';
