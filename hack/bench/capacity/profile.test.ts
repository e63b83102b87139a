import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEFAULTS_FILE, defaultsOf, profileOf } from './profile.ts';

const medians = {
  join: { gatewayCpuMs: 0.5, waitroomCpuMs: 0.21 },
  streams: { cpuPercentPerThousand: 2.5 },
  inventory: { cpuMs: 0.7 },
  'hot-row': { perSecond: 968 },
  purchase: { orderCpuMs: 4.9, paymentCpuMs: 12 },
};

describe('the capacity profile', () => {
  it('is YAML of a platform, each figure what 70 % of a core does, rounded down to two digits', () => {
    const measuredAt = '2027-01-10T00:00:00Z';
    const { services } = parse(profileOf(medians, Date.parse('2027-01-10T03:00:00Z')));
    assert.deepEqual(services.gateway.capacityPerReplica, { requestsPerSecond: 1400, streams: 20_000, measuredAt });
    assert.deepEqual(services.waitroom.capacityPerReplica, { requestsPerSecond: 3300, measuredAt });
    assert.deepEqual(services.inventory.capacityPerReplica, {
      requestsPerSecond: 1000,
      hotRowPerSecond: 960,
      measuredAt,
    });
    assert.deepEqual(services.order.capacityPerReplica, { requestsPerSecond: 140, measuredAt });
    assert.deepEqual(services.payment.capacityPerReplica, { requestsPerSecond: 58, measuredAt });
  });

  it('refuses a figure that was not measured', () => {
    assert.throws(() => profileOf({ ...medians, inventory: { cpuMs: 0 } }, 0), /inventory: no figure cpuMs/);
  });

  it('becomes the defaults of the operator, with where they were measured, in a file that can be written again', async () => {
    const root = join(import.meta.dirname, '..', '..', '..');
    const run = {
      medians,
      time: '2027-01-10T03:00:00.000Z',
      rounds: 5,
      machine: { cpu: 'Two Fast Ones', cores: 2, memoryGiB: 8, kernel: '6', loadBefore: 0.1 },
      versions: { node: '24.1.0', redis: '9.0.0' },
    };
    const once = defaultsOf(run, readFileSync(join(root, DEFAULTS_FILE), 'utf8'));
    assert.match(once, /^\/\/ Measured 2027-01-10: .* 70 % of it, in 5 rounds on\n\/\/ Two Fast Ones, 2 cores/m);
    assert.equal(defaultsOf(run, once), once);
    const module = stripTypeScriptTypes(once).replace(/^import type.*$/m, '');
    const { DEFAULT_CAPACITY } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
    assert.deepEqual(DEFAULT_CAPACITY, {
      gateway: { requestsPerSecond: 1400, streams: 20_000 },
      waitroom: { requestsPerSecond: 3300 },
      inventory: { requestsPerSecond: 1000, hotRowPerSecond: 960 },
      order: { requestsPerSecond: 140 },
      payment: { requestsPerSecond: 58 },
    });
    // As the formatter would leave it.
    const biome = join(root, 'node_modules', '.bin', 'biome');
    assert.equal(
      execFileSync(biome, ['format', `--stdin-file-path=${DEFAULTS_FILE}`], {
        cwd: root,
        input: once,
        encoding: 'utf8',
      }),
      once,
    );
  });
});
