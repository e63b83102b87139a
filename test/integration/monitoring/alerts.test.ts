import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { prometheusRule } from '#operator/platform/monitoring/prometheus-rule.ts';
import { aPlatform } from '#operator/platform/testing/a-platform.ts';
import { CommandError, run } from '#runtime/local/command.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { prometheusPrograms } from '#runtime/local/prometheus.ts';
import { ALERT_CASES, type AlertCase, OPERATOR_CASES } from './alert-cases.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

describe('alert rules, judged by promtool', function () {
  this.timeout(120_000);
  const work = mkdtempSync(join(tmpdir(), 'ticketbottle-alerts-'));
  let promtool: string;

  const platform = aPlatform();
  const named = { ...platform, metadata: { ...platform.metadata, namespace: 'shop', name: 'tb' } };
  const operatorRule = parse(readFileSync(join(ROOT, 'config/prometheus/operator-rules.yaml'), 'utf8')) as {
    spec: Rules;
  };
  const sets: readonly { of: string; rules: Rules; cases: Readonly<Record<string, AlertCase>> }[] = [
    { of: 'a platform', rules: prometheusRule(named).spec, cases: ALERT_CASES },
    { of: 'the operator', rules: operatorRule.spec, cases: OPERATOR_CASES },
  ];

  before(async () => {
    promtool = (await prometheusPrograms(localLayout(process.env).cache)).promtool;
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  const ask = async (...args: string[]) => {
    try {
      return await run(promtool, args, { cwd: work });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      assert.fail(`${error.stderr}\n${(error as unknown as { stdout?: string }).stdout ?? ''}`);
    }
  };

  for (const { of, rules, cases } of sets) {
    const alerts = rules.groups.flatMap((group) => group.rules);
    const nameOf = ({ alert }: Rule) => alert.replace(/^TicketBottle/, '');

    it(`those of ${of} are valid, and each has cases and a runbook`, async () => {
      writeFileSync(join(work, 'rules.yaml'), stringify(rules));
      await ask('check', 'rules', 'rules.yaml');
      assert.deepEqual(alerts.map(nameOf).toSorted(), Object.keys(cases).toSorted());
      for (const rule of alerts) {
        const url = rule.annotations['runbook_url'] ?? '';
        assert.match(url, new RegExp(`/${nameOf(rule)}[.]md$`), rule.alert);
        assert.ok(existsSync(join(ROOT, 'docs', 'runbooks', `${nameOf(rule)}.md`)), `no runbook of ${rule.alert}`);
      }
    });

    it(`those of ${of} fire when they must and are silent a little below`, async () => {
      writeFileSync(join(work, 'rules.yaml'), stringify(rules));
      const tests = alerts.flatMap((rule) => {
        const { at, fires, silent, labels = {} } = cases[nameOf(rule)] as AlertCase; // One each, by the test above.
        const ours = (rule as { labels?: Record<string, string> }).labels ?? {};
        const test = (series: AlertCase['fires'], exp_alerts: object[]) => ({
          interval: '1m',
          input_series: series.map(([name, values]) => ({ series: name, values })),
          // Compared by name and labels: the summary holds figures, which have a test of their own.
          promql_expr_test: [
            {
              expr: `count by (alertname${Object.keys({ ...labels, ...ours })
                .map((name) => `, ${name}`)
                .join('')}) (ALERTS{alertname="${rule.alert}",alertstate="firing"})`,
              eval_time: at,
              exp_samples: exp_alerts,
            },
          ],
        });
        const text = Object.entries({ alertname: rule.alert, ...labels, ...ours })
          .map(([name, value]) => `${name}="${value}"`)
          .join(', ');
        return [test(fires, [{ labels: `{${text}}`, value: 1 }]), test(silent, [])];
      });
      writeFileSync(
        join(work, 'tests.yaml'),
        stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }),
      );
      await ask('test', 'rules', 'tests.yaml');
    });
  }
});
