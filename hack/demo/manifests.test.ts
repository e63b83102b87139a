import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { localLayout } from '#runtime/local/layout.ts';
import { localValues } from './local-values.ts';
import { platformManifest, shareTickets } from './manifests.ts';
import { parseOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('platformManifest', () => {
  const values = localValues(localLayout({ HOME: '/nobody' }), 8080, new Map());
  const functionsWith = (endpoint: string | undefined) => {
    const { endpoint: _local, ...aws } = values.aws;
    const chosen = { ...values, aws: endpoint === undefined ? aws : { ...aws, endpoint } };
    const options = parseOptions([]);
    assert.ok(options !== 'help');
    return platformManifest(ROOT, chosen, options).spec.lambda.functions;
  };
  it('lets no function fill the machine with its executions where AWS is this machine, and only there', () => {
    const here = functionsWith('http://127.0.0.1:4566');
    assert.equal(here['email-sender']?.['reservedConcurrency'], 7);
    assert.equal(here['pdf-generator']?.['reservedConcurrency'], 5);
    assert.equal(here['pdf-generator']?.['memoryMB'], 512, 'what the sample says stays');
    const there = functionsWith(undefined);
    assert.equal(there['email-sender'], undefined);
    assert.equal(there['pdf-generator']?.['reservedConcurrency'], 20);
  });
});

describe('shareTickets', () => {
  it('loses no ticket and leaves no class empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 100_000 }), (tickets) => {
        const classes = [{ quantity: 700 }, { quantity: 250 }, { quantity: 50 }];
        shareTickets(classes, tickets);
        assert.equal(
          classes.reduce((sum, row) => sum + row.quantity, 0),
          tickets,
        );
        assert.ok(classes.every((row) => row.quantity >= 1));
      }),
    );
  });
});
