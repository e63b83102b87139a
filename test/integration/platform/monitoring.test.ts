import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CONFIG_MAP, type KubeObject, PLATFORM, POD_MONITOR, PROMETHEUS_RULE } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { eventually } from '../kube/api-fixture.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

/** The Prometheus Operator's own schemas: what the API server would refuse or prune for a user, it does here. */
const CRDS = join(import.meta.dirname, 'prometheus-operator');

describe('monitoring of a platform', function () {
  this.timeout(180_000);
  let world: World;
  let site: Site;

  before(async () => {
    world = await theWorld();
    site = await openSite(world);
    await site.client.create(PLATFORM, platformOn(world, site.namespace) as never);
  });
  after(async () => {
    await site?.client.delete(PLATFORM, site.namespace, 'tb');
    await site?.stop();
  });

  const dashboards = async () =>
    (
      await site.client.list<KubeObject & { data: Record<string, string> }>(CONFIG_MAP, {
        namespace: site.namespace,
        labelSelector: 'grafana_dashboard=1',
      })
    ).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));

  it('gives Grafana its dashboards and is ready without the Prometheus Operator', async () => {
    const { message } = await site.becomes('MonitoringReady', { status: 'True', reason: 'NotUsed' });
    assert.match(message, /the Prometheus Operator is not installed here/);
    const found = await dashboards();
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name),
      ['grpc', 'kafka', 'operator', 'redis', 'sale', 'services'].map((key) => `tb-dashboard-${key}`),
    );
    for (const { data } of found)
      for (const text of Object.values(data)) assert.equal(JSON.parse(text).schemaVersion, 39);
  });

  it('makes the PodMonitor and the PrometheusRule once their kinds are installed, whole', async () => {
    for (const file of ['monitoring.coreos.com_podmonitors.yaml', 'monitoring.coreos.com_prometheusrules.yaml'])
      await world.api.fetch(
        'POST',
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        parse(readFileSync(join(CRDS, file), 'utf8')),
      );
    await site.patch({ observability: { monitoring: { labels: { release: 'kube-prometheus-stack' } } } });
    // The operator asks again within a minute.
    await eventually(async () => {
      site.controller.enqueue(`${site.namespace}/tb`);
      await systemClock.sleep(500);
      return await site.client.get(PROMETHEUS_RULE, site.namespace, 'tb').catch(() => undefined);
    }, 90_000);
    await site.becomes('MonitoringReady', { status: 'True', reason: 'AsSpecified' });
    await site.settled();

    const monitor = await site.client.get<KubeObject & { spec: unknown }>(POD_MONITOR, site.namespace, 'tb');
    assert.equal(monitor?.metadata.labels?.['release'], 'kube-prometheus-stack');
    assert.match(JSON.stringify(monitor?.spec), /"port":"ops".*"targetLabel":"platform"/);
    const rule = await site.client.get<KubeObject & { spec: { groups: { rules: { expr: string }[] }[] } }>(
      PROMETHEUS_RULE,
      site.namespace,
      'tb',
    );
    const expressions = rule?.spec.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)) ?? [];
    assert.ok(expressions.length > 20);
    for (const expr of expressions) assert.ok(expr.includes(`namespace="${site.namespace}",platform="tb"`), expr);
  });

  it('puts back what somebody deletes, and makes no call when there is nothing to do', async () => {
    await site.client.delete(PROMETHEUS_RULE, site.namespace, 'tb');
    await eventually(() => site.client.get(PROMETHEUS_RULE, site.namespace, 'tb'), 20_000);
    await site.settled();
    const before = site.own.calls.total();
    site.controller.enqueue(`${site.namespace}/tb`);
    await systemClock.sleep(1_500);
    assert.equal(site.own.calls.total(), before);
  });

  it('takes all of it away when it is switched off', async () => {
    await site.patch({ observability: { monitoring: { enabled: false } } });
    await site.becomes('MonitoringReady', { status: 'True', reason: 'NotUsed' });
    await eventually(async () => (await dashboards()).length === 0, 20_000);
    assert.equal(await site.client.get(POD_MONITOR, site.namespace, 'tb'), undefined);
    assert.equal(await site.client.get(PROMETHEUS_RULE, site.namespace, 'tb'), undefined);
  });
});
