import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '#operator/kube/resource.ts';
import { networkPolicies } from '#operator/platform/components/network-policies.ts';
import { labelsOf } from '#operator/platform/names.ts';
import { aPlatform } from '#operator/platform/testing/a-platform.ts';
import { SERVICES } from '#proto/names.ts';
import { kustomize, objectsOf, ROOT } from './tools.ts';

interface CollectorConfig {
  readonly receivers: {
    readonly otlp: { readonly protocols: Readonly<Record<string, { readonly endpoint: string }>> };
  };
  readonly processors: Readonly<Record<string, object>>;
  readonly exporters: { readonly awsxray: { readonly region: string; readonly indexed_attributes: readonly string[] } };
  readonly extensions: { readonly health_check: { readonly endpoint: string } };
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<
      Record<string, Readonly<Record<'receivers' | 'processors' | 'exporters', readonly string[]>>>
    >;
    readonly telemetry: {
      readonly metrics: {
        readonly readers: {
          readonly pull: { readonly exporter: { readonly prometheus: { readonly port: number } } };
        }[];
      };
    };
  };
}
interface Port {
  readonly name: string;
  readonly containerPort?: number;
  readonly port?: number;
  readonly targetPort?: string;
}
interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly Port[];
  readonly livenessProbe: object;
  readonly readinessProbe: { readonly httpGet: { readonly port: string } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Rule {
  readonly from?: readonly { readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> } }[];
  readonly ports: readonly { readonly port: number }[];
}
type Deployment = KubeObject & {
  spec: { template: { spec: { containers: Container[]; volumes: { name: string; configMap?: { name: string } }[] } } };
};

const portOf = (endpoint: string) => Number(endpoint.split(':').at(-1));

/** config/tracing: no collector runs here, so what it is told is held against what it stands among. */
describe('the collector for X-Ray', () => {
  let objects: KubeObject[];
  let config: CollectorConfig;
  let container: Container;

  before(async () => {
    objects = objectsOf(await kustomize('config/tracing'));
    const { containers, volumes } = one<Deployment>('Deployment').spec.template.spec;
    container = containers[0] as Container;
    const [file = ''] = container.args.map((arg) => /^--config=(.+)$/.exec(arg)?.[1] ?? '');
    const { mountPath = '', name } =
      container.volumeMounts.find((mount) => file.startsWith(`${mount.mountPath}/`)) ?? {};
    const map = volumes.find((volume) => volume.name === name)?.configMap?.name;
    const { metadata, data } = one<KubeObject & { data: Record<string, string> }>('ConfigMap');
    assert.equal(metadata.name, map, 'the one that the pod mounts');
    config = parse(data[file.slice(mountPath.length + 1)] ?? '') as CollectorConfig;
  });

  function one<T extends KubeObject>(kind: string): T {
    const found = objects.filter((object) => object.kind === kind);
    assert.equal(found.length, 1, kind);
    return found[0] as T;
  }
  const containerPort = (name: string) => container.ports.find((port) => port.name === name)?.containerPort;
  const opened = (direction: 'ingress' | 'egress') =>
    one<KubeObject & { spec: Record<'ingress' | 'egress', Rule[]> }>('NetworkPolicy').spec[direction];

  it('uses every part that it declares, and no other; what keeps it alive comes first', () => {
    const { pipelines, extensions } = config.service;
    for (const part of ['receivers', 'processors', 'exporters'] as const) {
      const used = new Set(Object.values(pipelines).flatMap((pipeline) => pipeline[part]));
      assert.deepEqual([...used].toSorted(), Object.keys(config[part]).toSorted(), part);
    }
    assert.deepEqual([...extensions], Object.keys(config.extensions));
    assert.equal(pipelines['traces']?.processors[0], 'memory_limiter');
    assert.match(config.exporters.awsxray.region, /^\$\{env:AWS_REGION\}$/);
    assert.ok(container.env.some(({ name }) => name === 'AWS_REGION'));
  });

  it('listens where its Service, its probes and its policy expect it, and where the reference says', () => {
    const { protocols } = config.receivers.otlp;
    assert.deepEqual(Object.keys(protocols), ['http'], 'services send OTLP over HTTP');
    const port = portOf(protocols['http']?.endpoint ?? '');
    assert.equal(containerPort('otlp-http'), port);
    const service = one<KubeObject & { spec: { ports: Port[] } }>('Service');
    assert.deepEqual(service.spec.ports, [{ name: 'otlp-http', port, targetPort: 'otlp-http' }]);
    assert.equal(containerPort(container.readinessProbe.httpGet.port), portOf(config.extensions.health_check.endpoint));
    const [reader] = config.service.telemetry.metrics.readers;
    assert.equal(containerPort('metrics'), reader?.pull.exporter.prometheus.port);
    assert.deepEqual(
      opened('ingress').map(({ ports }) => ports.map((one) => one.port)),
      [[port], [containerPort('metrics')]],
    );
    assert.deepEqual(
      opened('egress').map(({ ports }) => ports.map((one) => one.port)),
      [[53, 53], [443]],
    );
    const { name, namespace } = service.metadata;
    const address = `http://${name}.${namespace}:${port}`;
    for (const page of ['docs/reference/ticketbottleplatform.md', 'docs/how-to.md'])
      assert.ok(readFileSync(join(ROOT, page), 'utf8').includes(address), `${page} names ${address}`);
  });

  it('is reached by every service of a platform that names it, and by none of a platform that does not', () => {
    const [rule] = opened('ingress');
    const selector = rule?.from?.[0]?.podSelector?.matchLabels ?? {};
    for (const endpoint of ['http://otel-collector.observability:4318', undefined]) {
      const platform = aPlatform();
      const { tracing, ...others } = platform.spec.observability;
      const observability = { ...others, tracing: { ...tracing, ...(endpoint === undefined ? {} : { endpoint }) } };
      const named = { ...platform, spec: { ...platform.spec, observability } };
      const policies = networkPolicies(named, 'ticketbottle-system');
      for (const service of SERVICES) {
        const labels: Record<string, string> = labelsOf(named, service);
        for (const [key, value] of Object.entries(selector)) assert.equal(labels[key], value);
        const own = policies.find(({ metadata }) => metadata.name === `${named.metadata.name}-${service}`);
        const out = own?.spec.egress?.some(
          ({ to, ports }) => to === undefined && ports.some(({ port }) => port === 4318),
        );
        assert.equal(out, endpoint !== undefined, service);
      }
    }
  });
});
