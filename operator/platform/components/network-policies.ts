import { isIP } from 'node:net';
import { OPS_PORT, SERVICE_DATABASE, SERVICE_PORT, SERVICES, type ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { shortHash } from '../../external/canonical-json.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { CALLS, callersOf, callsKubernetes, OPERATOR_CALLS, STORES, type StoreName } from '../call-graph.ts';
import { childMeta, INSTANCE_LABEL, selectorOf, serviceObject } from '../names.ts';
import { providerBaseUrl } from '../providers.ts';
import { migrationLabel } from './migration-job.ts';

interface Peer {
  readonly podSelector?: { matchLabels?: Record<string, string> };
  readonly namespaceSelector?: { matchLabels: Record<string, string> };
  readonly ipBlock?: { cidr: string };
}
interface Port {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}
interface EgressRule {
  readonly to?: readonly Peer[];
  readonly ports: readonly Port[];
}
interface IngressRule {
  readonly from?: readonly Peer[];
  readonly ports: readonly Port[];
}

export interface PolicyObject extends KubeObject {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly IngressRule[];
    readonly egress?: readonly EgressRule[];
  };
}

/** Namespaces with this label may read metrics. */
export const METRICS_NAMESPACE_LABEL = 'ticketbottle.io/metrics';

/** No selector names the API server; it is reached at the port of its Service or, where that is rewritten first, of its endpoints. */
const API_SERVER: EgressRule = {
  ports: [443, 6443].map((port) => ({ protocol: 'TCP' as const, port })),
};
const DNS: EgressRule = {
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

/** Nothing but the edges of the call graph: a default deny for all pods of the platform, and one policy per service. */
export function networkPolicies(platform: TicketBottlePlatform, operatorNamespace: string) {
  const own = SERVICES.filter((service) => platform.spec.services[service].managed);
  return [
    defaultDeny(platform),
    ...own.map((service) => servicePolicy(platform, service, operatorNamespace)),
    ...own.filter((service) => service in SERVICE_DATABASE).map((service) => migrationPolicy(platform, service)),
  ];
}

function defaultDeny(platform: TicketBottlePlatform) {
  return policy(platform, `${platform.metadata.name}-default-deny`, 'platform', {
    podSelector: { matchLabels: { [INSTANCE_LABEL]: platform.metadata.name } },
    policyTypes: ['Ingress', 'Egress'],
  });
}

function servicePolicy(platform: TicketBottlePlatform, service: ServiceName, operatorNamespace: string) {
  const tracing = platform.spec.observability.tracing.endpoint;
  const traffic: Port = { protocol: 'TCP', port: SERVICE_PORT[service] };
  const callers: Peer[] = callersOf(service).map((caller) => ({
    podSelector: { matchLabels: selectorOf(platform, caller) },
  }));
  if (OPERATOR_CALLS.includes(service))
    callers.push({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } } });
  const ingress: IngressRule[] = [
    // The gateway is where the world comes in.
    service === 'gateway' ? { ports: [traffic] } : { from: callers, ports: [traffic] },
    {
      from: [{ namespaceSelector: { matchLabels: { [METRICS_NAMESPACE_LABEL]: 'true' } } }],
      ports: [{ protocol: 'TCP', port: OPS_PORT }],
    },
  ];
  const egress: EgressRule[] = [
    DNS,
    ...CALLS[service].map((callee) => ({
      // Nobody here knows what pods of a service look like that somebody else runs.
      ...(platform.spec.services[callee].managed
        ? { to: [{ podSelector: { matchLabels: selectorOf(platform, callee) } }] }
        : {}),
      ports: [{ protocol: 'TCP' as const, port: SERVICE_PORT[callee] }],
    })),
    ...STORES[service].flatMap((store) => storeAddresses(platform, store).map(egressTo)),
    ...(callsKubernetes(platform, service) ? [API_SERVER] : []),
    ...(tracing === undefined ? [] : [egressTo(fromUrl(tracing))]),
  ];
  return policy(platform, serviceObject(platform, service), service, {
    podSelector: { matchLabels: selectorOf(platform, service) },
    policyTypes: ['Ingress', 'Egress'],
    ingress,
    egress,
  });
}

function migrationPolicy(platform: TicketBottlePlatform, service: ServiceName) {
  const label = migrationLabel(service);
  return policy(platform, `${serviceObject(platform, service)}-migrate`, label, {
    podSelector: { matchLabels: selectorOf(platform, label) },
    policyTypes: ['Ingress', 'Egress'],
    egress: [DNS, ...storeAddresses(platform, 'postgres').map(egressTo)],
  });
}

/** The policy with what the one that is there lets out as well. Pure. */
export function withEgressOf(wanted: PolicyObject, observed: PolicyObject | undefined): PolicyObject {
  const known = new Set(wanted.spec.egress?.map((rule) => shortHash(rule)));
  const others = observed?.spec.egress?.filter((rule) => !known.has(shortHash(rule))) ?? [];
  if (others.length === 0) return wanted;
  return { ...wanted, spec: { ...wanted.spec, egress: [...(wanted.spec.egress ?? []), ...others] } };
}

function policy(platform: TicketBottlePlatform, name: string, label: string, spec: PolicyObject['spec']): PolicyObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: childMeta(platform, name, label),
    spec,
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function storeAddresses({ spec }: TicketBottlePlatform, store: StoreName): Address[] {
  const aws = spec.aws.endpoint ?? `https://amazonaws.com`;
  switch (store) {
    case 'postgres':
      return [{ host: spec.postgres.host, port: spec.postgres.port }];
    case 'redis':
      return [hostPort(spec.redis.address)];
    case 'kafka':
      return spec.kafka.brokers.map(hostPort);
    case 'temporal':
      return [hostPort(spec.temporal.address)];
    case 'dynamodb':
      return [fromUrl(spec.orders.endpoint ?? aws)];
    case 's3':
    case 'ses':
      return [fromUrl(aws)];
    case 'providers':
      return spec.payments.providers.map((provider) => fromUrl(providerBaseUrl(provider)));
  }
}

/** A policy knows no host names, so a name opens its port only, to every address. */
function egressTo({ host, port }: Address): EgressRule {
  const ports: Port[] = [{ protocol: 'TCP', port }];
  const family = isIP(host);
  return family === 0 ? { ports } : { to: [{ ipBlock: { cidr: `${host}/${family === 4 ? 32 : 128}` } }], ports };
}

function hostPort(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

function fromUrl(text: string): Address {
  const url = new URL(text);
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
