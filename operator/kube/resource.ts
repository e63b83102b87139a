/** Metadata of any object as the API server sends it: raw JSON, times as RFC 3339 strings. */
export interface KubeMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
  /** Present only on resources that keep them, see `Resource.keepManagedFields`. */
  managedFields?: ManagedField[];
}

export interface ManagedField {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** Any Kubernetes object. Typed models would drop fields that they do not know, so this is raw JSON everywhere. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: KubeMeta;
}

/** Where a kind lives in the API. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Informers strip managedFields, nine tenths of a cache's memory, unless a controller decides by field owners. */
  readonly keepManagedFields?: boolean;
  /** Field selector of what informers mirror; everything unless given. */
  readonly mirrored?: string;
}

function namespaced(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}

function clusterWide(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: false };
}

export const CONFIG_MAP = namespaced('', 'v1', 'configmaps', 'ConfigMap');
export const CONTROLLER_REVISION = namespaced('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const CRD = clusterWide('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition');
export const DEPLOYMENT = namespaced('apps', 'v1', 'deployments', 'Deployment');
export const ENDPOINT_SLICE = namespaced('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const EVENT = namespaced('events.k8s.io', 'v1', 'events', 'Event');
export const EVENT_SALE = namespaced('ticketbottle.io', 'v1alpha1', 'eventsales', 'EventSale');
export const HPA: Resource = {
  ...namespaced('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  keepManagedFields: true,
};
export const HTTP_ROUTE = namespaced('gateway.networking.k8s.io', 'v1', 'httproutes', 'HTTPRoute');
export const INGRESS = namespaced('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const JOB = namespaced('batch', 'v1', 'jobs', 'Job');
export const LEASE = namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const NAMESPACE = clusterWide('', 'v1', 'namespaces', 'Namespace');
export const NETWORK_POLICY = namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy');
export const PDB = namespaced('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const PLATFORM = namespaced('ticketbottle.io', 'v1alpha1', 'ticketbottleplatforms', 'TicketBottlePlatform');
export const POD_MONITOR = namespaced('monitoring.coreos.com', 'v1', 'podmonitors', 'PodMonitor');
export const PROMETHEUS_RULE = namespaced('monitoring.coreos.com', 'v1', 'prometheusrules', 'PrometheusRule');
export const POD = namespaced('', 'v1', 'pods', 'Pod');
export const SECRET: Resource = {
  ...namespaced('', 'v1', 'secrets', 'Secret'),
  // Helm keeps every release that it made in Secrets, up to a megabyte each: more than all else together, and nothing of ours.
  mirrored: 'type!=helm.sh/release.v1',
};
export const SERVICE = namespaced('', 'v1', 'services', 'Service');
export const SERVICE_ACCOUNT = namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount');

export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `plural.group`, the way kubectl and metrics name a resource: `deployments.apps`. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** `namespace/name`; just `/name` for objects without a namespace. */
export function key(object: { metadata: { namespace?: string; name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function splitKey(text: string): { namespace: string; name: string } {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, Math.max(slash, 0)), name: text.slice(slash + 1) };
}

/** Path of a collection or, with a name, of one object. */
export function resourcePath(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  const root =
    resource.group === ''
      ? `/api/${resource.version}`
      : `/apis/${encodeURIComponent(resource.group)}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${resource.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}
