import assert from 'node:assert/strict';
import { OPS_PORT, SERVICE_PORT, SERVICES, type ServiceName } from '#proto/names.ts';
import { labelsOf } from '../names.ts';
import { aPlatform } from '../testing/a-platform.ts';
import { networkPolicies, withEgressOf } from './network-policies.ts';

interface Peer {
  podSelector?: { matchLabels?: Record<string, string> };
  namespaceSelector?: { matchLabels: Record<string, string> };
  ipBlock?: { cidr: string };
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports: { protocol: string; port: number }[];
}
interface Spec {
  podSelector: { matchLabels: Record<string, string> };
  policyTypes: string[];
  ingress?: Rule[];
  egress?: Rule[];
}
interface End {
  labels: Record<string, string>;
  namespace: string;
}

const platform = aPlatform();
const policies = networkPolicies(platform, 'ticketbottle-system').map(({ spec }) => spec as Spec);
const pod = (service: ServiceName): End => ({ labels: labelsOf(platform, service), namespace: 'ticketbottle' });
const stranger: End = { labels: { app: 'x' }, namespace: 'elsewhere' };
const operator: End = { labels: { app: 'operator' }, namespace: 'ticketbottle-system' };

const matches = (want: Record<string, string> | undefined, have: Record<string, string>) =>
  Object.entries(want ?? {}).every(([key, value]) => have[key] === value);

function peerMatches(peer: Peer, end: End): boolean {
  if (peer.ipBlock !== undefined) return false;
  const namespaceFits =
    peer.namespaceSelector === undefined
      ? end.namespace === 'ticketbottle'
      : matches(peer.namespaceSelector.matchLabels, { 'kubernetes.io/metadata.name': end.namespace });
  return namespaceFits && matches(peer.podSelector?.matchLabels, end.labels);
}

/** The Kubernetes rule: selected by no policy of a direction, all is allowed; else some rule must allow it. */
function side(end: End, other: End, port: number, direction: 'ingress' | 'egress'): boolean {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const selecting = policies.filter(
    ({ podSelector, policyTypes }) =>
      end.namespace === 'ticketbottle' && matches(podSelector.matchLabels, end.labels) && policyTypes.includes(type),
  );
  if (selecting.length === 0) return true;
  return selecting.some((spec) =>
    (spec[direction] ?? []).some((rule) => {
      const peers = direction === 'ingress' ? rule.from : rule.to;
      const portFits = rule.ports.some((one) => one.port === port && one.protocol === 'TCP');
      return portFits && (peers === undefined || peers.some((peer) => peerMatches(peer, other)));
    }),
  );
}

const allowed = (from: End, to: End, port: number): boolean =>
  side(from, to, port, 'egress') && side(to, from, port, 'ingress');

describe('networkPolicies, evaluated edge by edge', () => {
  const edges = new Set([
    ...['user', 'event', 'inventory', 'order', 'waitroom'].map((to) => `gateway>${to}`),
    ...['inventory', 'payment', 'event', 'waitroom'].map((to) => `order>${to}`),
  ]);
  for (const from of SERVICES)
    for (const to of SERVICES)
      if (from !== to && to !== 'gateway')
        it(`${edges.has(`${from}>${to}`) ? 'lets' : 'does not let'} ${from} reach ${to}`, () => {
          assert.equal(allowed(pod(from), pod(to), SERVICE_PORT[to]), edges.has(`${from}>${to}`));
        });

  it('lets the world reach the gateway and nothing else', () => {
    for (const to of SERVICES) assert.equal(allowed(stranger, pod(to), SERVICE_PORT[to]), to === 'gateway', to);
  });

  it('lets the operator reach what it prepares a sale with', () => {
    const reached = SERVICES.filter((to) => allowed(operator, pod(to), SERVICE_PORT[to]));
    assert.deepEqual(new Set(reached), new Set(['event', 'inventory', 'order', 'waitroom', 'gateway']));
  });

  it('shows metrics to namespaces that carry the label only', () => {
    for (const to of SERVICES) assert.equal(allowed(stranger, pod(to), OPS_PORT), false);
  });

  it('lets each service reach its own stores by address', () => {
    const cidrs = (service: ServiceName) =>
      policies
        .filter(({ podSelector }) => podSelector.matchLabels['app.kubernetes.io/name'] === service)
        .flatMap(({ egress = [] }) =>
          egress.flatMap(({ to = [], ports }) =>
            to.flatMap(({ ipBlock }) =>
              ipBlock === undefined ? [] : ports.map(({ port }) => `${ipBlock.cidr}:${port}`),
            ),
          ),
        )
        .sort();
    assert.deepEqual(cidrs('user'), ['10.89.0.1/32:4566', '10.89.0.1/32:5432']);
    assert.deepEqual(cidrs('waitroom'), ['10.89.0.1/32:6379', '10.89.0.1/32:9092']);
    assert.deepEqual(cidrs('order'), ['10.89.0.1/32:4566', '10.89.0.1/32:7233', '10.89.0.1/32:9092']);
  });
});

describe('withEgressOf', () => {
  const of = (edit: (spec: Record<string, never>) => void = () => {}) => {
    const found = networkPolicies(aPlatform(edit), 'ticketbottle-system').find(({ metadata }) =>
      metadata.name.endsWith('-waitroom'),
    );
    assert.ok(found !== undefined);
    return found;
  };
  const moved = of((spec) => Object.assign(spec, { redis: { address: '10.0.0.7:6379' } }));
  const redis = (policy: { spec: Spec | object }) => JSON.stringify(policy.spec).match(/10\.[\d.]+\/32/g);

  it('keeps the way to the old store beside the new one, and stays so', () => {
    const both = withEgressOf(moved, of());
    assert.deepEqual(redis(both)?.sort(), ['10.0.0.7/32', '10.89.0.1/32', '10.89.0.1/32']);
    assert.deepEqual(withEgressOf(moved, both), both);
    assert.deepEqual((both.spec as Spec).ingress, (moved.spec as Spec).ingress);
  });

  it('adds nothing where nothing differs', () => {
    assert.deepEqual(withEgressOf(moved, moved), moved);
    assert.deepEqual(withEgressOf(moved, undefined), moved);
  });
});
