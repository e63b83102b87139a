import { CONFIG_MAP, type KubeObject, POD_MONITOR, PROMETHEUS_RULE } from '../../kube/resource.ts';
import { DASHBOARD_LABEL, dashboardConfigMaps } from '../monitoring/dashboards.ts';
import { podMonitor } from '../monitoring/pod-monitor.ts';
import { prometheusRule } from '../monitoring/prometheus-rule.ts';
import { applyChild, type Pass, removeChild } from '../pass.ts';

/**
 * MonitoringReady: dashboards for Grafana's sidecar and, where the Prometheus Operator is installed, what to scrape and when to
 * wake somebody. Never in the way of anything else: a cluster without it is as ready as one with it.
 */
export async function lookAfterMonitoring(pass: Pass): Promise<void> {
  const { platform, children, ctx, report } = pass;
  const { namespace, name } = platform.metadata;
  const { enabled } = platform.spec.observability.monitoring;
  const now = ctx.clock.now();
  const installed =
    (await children.watches(POD_MONITOR, now, ctx.signal)) &&
    (await children.watches(PROMETHEUS_RULE, now, ctx.signal));

  const dashboards = enabled ? dashboardConfigMaps(platform) : [];
  await Promise.all(dashboards.map((dashboard) => applyChild(pass, CONFIG_MAP, dashboard, 'MonitoringReady')));
  const wanted = new Set(dashboards.map(({ metadata }) => metadata.name));
  for (const { metadata } of children.list<KubeObject>(CONFIG_MAP, namespace, name)) {
    const ours = metadata.labels?.['app.kubernetes.io/name'] === DASHBOARD_LABEL;
    if (ours && !wanted.has(metadata.name))
      await removeChild(pass, CONFIG_MAP, metadata.name, 'is not wanted any more');
  }
  if (installed && enabled) {
    await applyChild(pass, POD_MONITOR, podMonitor(platform), 'MonitoringReady');
    await applyChild(pass, PROMETHEUS_RULE, prometheusRule(platform), 'MonitoringReady');
  } else if (installed) {
    const why = 'spec.observability.monitoring.enabled is false';
    await removeChild(pass, POD_MONITOR, name, why);
    await removeChild(pass, PROMETHEUS_RULE, name, why);
  }

  if (!enabled) report.say('MonitoringReady', 'True', 'NotUsed', 'spec.observability.monitoring.enabled is false');
  else if (installed)
    report.say(
      'MonitoringReady',
      'True',
      'AsSpecified',
      `PodMonitor ${name}, PrometheusRule ${name} and ${dashboards.length} dashboards are there`,
    );
  else
    report.say(
      'MonitoringReady',
      'True',
      'NotUsed',
      `${dashboards.length} dashboards are there; no PodMonitor and no PrometheusRule, as the Prometheus Operator is not installed here, or the operator may not use podmonitors and prometheusrules`,
    );
}
