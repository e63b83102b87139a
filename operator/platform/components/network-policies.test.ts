import assert from 'node:assert/strict';
import { OPS_PORT, SERVICE_DATABASE, SERVICE_PORT, SERVICES, type ServiceName } from '#proto/names.ts';
import { labelsOf } from '../names.ts';
import { aPlatform } from '../testing/a-platform.ts';
import { migrationLabel } from './migration-job.ts';
import { METRICS_NAMESPACE_LABEL, networkPolicies, withEgressOf } from './network-policies.ts';

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
  /** Of the namespace, beside its name. */
  namespaceLabels?: Record<string, string>;
}

const platform = aPlatform();
const policies = networkPolicies(platform, 'ticketbottle-system').map(({ spec }) => spec as Spec);
const pod = (service: ServiceName): End => ({ labels: labelsOf(platform, service), namespace: 'ticketbottle' });
const WITH_DATABASE = SERVICES.filter((service) => service in SERVICE_DATABASE);
const stranger: End = { labels: { app: 'x' }, namespace: 'elsewhere' };
const operator: End = { labels: { app: 'operator' }, namespace: 'ticketbottle-system' };
const prometheus: End = {
  labels: { app: 'prometheus' },
  namespace: 'monitoring',
  namespaceLabels: { [METRICS_NAMESPACE_LABEL]: 'true' },
};
const neighbour: End = { labels: { app: 'x' }, namespace: 'ticketbottle' };
/** A service of another platform in the same namespace. */
const foreign: End = {
  labels: labelsOf({ ...platform, metadata: { ...platform.metadata, name: 'other' } }, 'gateway'),
  namespace: 'ticketbottle',
};
const migration = (service: ServiceName): End => ({
  labels: labelsOf(platform, migrationLabel(service)),
  namespace: 'ticketbottle',
});

const matches = (want: Record<string, string> | undefined, have: Record<string, string>) =>
  Object.entries(want ?? {}).every(([key, value]) => have[key] === value);

function peerMatches(peer: Peer, end: End): boolean {
  if (peer.ipBlock !== undefined) return false;
  const namespaceFits =
    peer.namespaceSelector === undefined
      ? end.namespace === 'ticketbottle'
      : matches(peer.namespaceSelector.matchLabels, {
          'kubernetes.io/metadata.name': end.namespace,
          ...end.namespaceLabels,
        });
  return namespaceFits && matches(peer.podSelector?.matchLabels, end.labels);
}

const selects = ({ podSelector }: Spec, end: End): boolean =>
  end.namespace === 'ticketbottle' && matches(podSelector.matchLabels, end.labels);

/** The Kubernetes rule: selected by no policy of a direction, all is allowed; else some rule must allow it. */
function side(end: End, other: End, port: number, direction: 'ingress' | 'egress', protocol = 'TCP'): boolean {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const selecting = policies.filter((spec) => selects(spec, end) && spec.policyTypes.includes(type));
  if (selecting.length === 0) return true;
  return selecting.some((spec) =>
    (spec[direction] ?? []).some((rule) => {
      const peers = direction === 'ingress' ? rule.from : rule.to;
      const portFits = rule.ports.some((one) => one.port === port && one.protocol === protocol);
      return portFits && (peers === undefined || peers.some((peer) => peerMatches(peer, other)));
    }),
  );
}

/** Addresses outside that a pod may reach, with their ports. */
const cidrsOf = (end: End): string[] =>
  policies
    .filter((spec) => selects(spec, end))
    .flatMap(({ egress = [] }) => egress)
    .flatMap(({ to = [], ports }) =>
      to.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : ports.map(({ port }) => `${ipBlock.cidr}:${port}`))),
    )
    .sort();

const allowed = (from: End, to: End, port: number): boolean =>
  side(from, to, port, 'egress') && side(to, from, port, 'ingress');

describe('networkPolicies, evaluated edge by edge', () => {
  const ends: Record<string, End> = {
    ...Object.fromEntries(SERVICES.map((service) => [service, pod(service)])),
    ...Object.fromEntries(WITH_DATABASE.map((service) => [`migration of ${service}`, migration(service)])),
    'any other pod of the platform': { labels: labelsOf(platform, 'placeholder'), namespace: 'ticketbottle' },
    ...{ operator, prometheus, stranger, neighbour, 'gateway of another platform': foreign },
  };
  const ours = Object.entries(ends).filter(([, end]) => policies.some((one) => selects(one, end)));
  const ports = [...new Set([...Object.values(SERVICE_PORT), OPS_PORT])];
  /** Who reaches whom among all of these, at the port of a service or at that for metrics. */
  const reached = (from: string, to: string) =>
    ports.filter((port) => allowed(ends[from] as End, ends[to] as End, port));

  const calls: Readonly<Record<string, readonly ServiceName[]>> = {
    gateway: ['user', 'event', 'inventory', 'order', 'waitroom'],
    order: ['inventory', 'payment', 'event', 'waitroom'],
    operator: ['event', 'inventory', 'order', 'waitroom', 'gateway'],
    ...Object.fromEntries(['prometheus', 'stranger'].map((one) => [one, ['gateway']])),
    ...Object.fromEntries(['neighbour', 'gateway of another platform'].map((one) => [one, ['gateway']])),
  };

  it('stands around every pod of the platform, and around no other', () => {
    assert.deepEqual(
      new Set(ours.map(([name]) => name)),
      new Set([...SERVICES, ...WITH_DATABASE.map((s) => `migration of ${s}`), 'any other pod of the platform']),
    );
  });

  for (const from of Object.keys(ends))
    for (const [to] of ours)
      if (from !== to) {
        const callee = (calls[from] ?? []).find((one) => one === to);
        const expected = [
          ...(callee === undefined ? [] : [SERVICE_PORT[callee]]),
          ...(from === 'prometheus' && (SERVICES as readonly string[]).includes(to) ? [OPS_PORT] : []),
        ];
        it(`${expected.length > 0 ? 'lets' : 'does not let'} ${from} reach ${to}`, () => {
          assert.deepEqual(reached(from, to).toSorted(), expected.toSorted());
        });
      }

  it('lets everybody ask for names, and a migration reach Postgres', () => {
    for (const name of [...SERVICES, ...WITH_DATABASE.map((s) => `migration of ${s}`)])
      assert.ok(side(ends[name] as End, stranger, 53, 'egress', 'UDP'), name);
    for (const service of WITH_DATABASE) assert.deepEqual(cidrsOf(migration(service)), ['10.89.0.1/32:5432'], service);
  });

  it('lets each service reach its own stores by address', () => {
    const cidrs = (service: ServiceName) => cidrsOf(pod(service));
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
