import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDER_KEYS } from '../environment.ts';
import { aPlatform } from '../testing/a-platform.ts';
import { requiredSecrets } from './secrets.ts';

const ROOT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');

/** A platform that names every Secret that it may. */
const withAll = aPlatform((sample: Readonly<Record<string, object>>) => {
  const ref = (name: string) => ({ name });
  const tls = { enabled: true, caSecretRef: ref('ca') };
  const providers = Object.keys(PROVIDER_KEYS).map((name) => ({ name, credentialsSecretRef: ref(name) }));
  const more: Readonly<Record<string, object>> = {
    postgres: { tls },
    redis: { tls, authSecretRef: ref('redis') },
    kafka: { tls, sasl: { credentialsSecretRef: ref('kafka') } },
    temporal: { tls },
    aws: { credentialsSecretRef: ref('aws') },
    payments: { providers },
  };
  for (const [part, fields] of Object.entries(more)) Object.assign(sample[part] ?? {}, fields);
});

describe('Secrets that a platform names', () => {
  it('stand in docs/install.md with all their keys', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    for (const { field, keys } of requiredSecrets(withAll)) {
      const named = field.replace(/^spec\./, '').replace(/\[\w+\]/, '[]');
      const row = rows.find((line) =>
        line.includes(`\`${/^\w+\.tls\./.test(named) ? 'postgres.tls.caSecretRef' : named}\``),
      );
      assert.ok(row, `no row of ${field}`);
      for (const key of keys) assert.ok(row.includes(`\`${key}\``), `${field}: ${key}`);
    }
  });

  it('are made by its commands for the sample', () => {
    const made = [...page.matchAll(/^kubectl create secret generic -n ticketbottle (\S+) (.*)$/gm)].map(
      ([, name, literals = '']) => [name, [...literals.matchAll(/--from-literal=([\w-]+)=/g)].map(([, key]) => key)],
    );
    assert.deepEqual(
      Object.fromEntries(made),
      Object.fromEntries(requiredSecrets(aPlatform()).map(({ name, keys }) => [name, keys])),
    );
  });
});
