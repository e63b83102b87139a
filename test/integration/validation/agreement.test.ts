import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { EVENT_SALE_SPEC } from '#operator/api/eventsale-schema.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { PLATFORM_SPEC } from '#operator/api/platform-schema.gen.ts';
import { type Schema, withDefaults } from '#operator/api/structural.ts';
import { validateSale } from '#operator/eventsale/validate.ts';
import { problemsOf } from '#operator/platform/validation.ts';
import {
  create,
  edited,
  type Guarded,
  guardedApiServer,
  type Manifest,
  samplePlatform,
  sampleSale,
} from './api-fixture.ts';

const RUNS = 400;

/** Texts that are right somewhere and wrong elsewhere, so that mutations land on both sides of every rule. */
const TEXTS = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'x y',
    'a.b',
    'a-b',
    '-a',
    'a-',
    'UPPER',
    'Việt',
    'a\nb',
    '0',
    '-1',
    '1.0.0',
    '1..2',
    ':',
    '@sha256:0',
  ],
  ...[
    '30s',
    '0s',
    '15m',
    '16m',
    '1h30m',
    '24h',
    '25h',
    '999999999s',
    '1d',
    '1.5h',
    'Auto',
    '1m1s1ms',
    '9999999999s',
    '0',
  ],
  ...[
    'host:1',
    'host:0',
    'host:65535',
    'host:65536',
    'host',
    '[::1]:80',
    'h_x:80',
    'http://h',
    'https://h:8/p',
    'https://h?q',
    'ftp://h',
  ],
  ...[
    'us-east-1',
    'us-gov-west-1',
    'us-east',
    'eu-isoe-west-1',
    '123456789012',
    'VND',
    'USD',
    'VN',
    'vnd',
    'UTC',
    'Asia/Tokyo',
    'Asia/Nowhere',
    '+07:00',
  ],
  ...[
    '2027-01-10T10:00:00+07:00',
    '2027-01-10T03:00:00Z',
    '2027-01-10T09:59:59.5+07:00',
    '2027-02-29T00:00:00Z',
    '2027-01-10',
    '2028-06-01T00:00:00Z',
  ],
  ...[
    '5%',
    '100%',
    '100.5%',
    '5',
    'nodejs24.x',
    'nodejs.x',
    'arn:aws:iam::123456789012:role/x',
    'subnet-1',
    'sg-1',
    'a@b.c',
    'a@b',
    '100m',
    '1Gi',
    '1.',
    '1e3',
    '0.5Ki',
  ],
  ...[
    'reg.example.com:5000/a',
    'reg/a:1',
    `reg/a@sha256:${'a'.repeat(64)}`,
    'rehearsal',
    'GA',
    'ga',
    'Active',
    'Hold',
    'x'.repeat(300),
  ],
];

function valueFor(schema: Schema): fc.Arbitrary<unknown> {
  const text = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...TEXTS) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  );
  if (schema['x-kubernetes-int-or-string']) return fc.oneof(fc.integer({ min: -1, max: 4 }), text);
  switch (schema.type) {
    case 'integer':
      return fc.oneof(
        fc.constantFrom(
          0,
          1,
          -1,
          schema.minimum ?? 0,
          (schema.minimum ?? 1) - 1,
          schema.maximum ?? 9,
          (schema.maximum ?? 9) + 1,
        ),
        fc.integer({ min: 0, max: 3000 }),
      );
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const { items } = schema;
      return items === undefined ? fc.constant([]) : fc.array(fullValue(items), { maxLength: 3 });
    }
    case 'object':
      return fullValue(schema);
    default:
      return fc.oneof(text, ...(schema.enum === undefined ? [] : [fc.constantFrom(...schema.enum)]));
  }
}

/** An object with all that it requires and some of the rest. */
function fullValue(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.type !== 'object') return valueFor(schema);
  const { properties = {}, required = [], additionalProperties } = schema;
  if (typeof additionalProperties === 'object')
    return fc.dictionary(
      fc.constantFrom('order.paid', 'cpu', 'memory', 'min.insync.replicas', 'a b', 'x'),
      valueFor(additionalProperties),
      { maxKeys: 3 },
    );
  const fields = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, valueFor(property)]));
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
}

/** Every field of a schema, lists and maps with one name, as `edited` takes it. */
function fieldsOf(schema: Schema, path: string): { path: string; schema: Schema }[] {
  const own = [{ path, schema }];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    fieldsOf(property, `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : fieldsOf(schema.items, `${path}[0]`);
  return [...own, ...below, ...items].filter((field) => field.path !== 'spec');
}

function mutation(schema: Schema): fc.Arbitrary<{ path: string; value: unknown }> {
  const fields = fieldsOf(schema, 'spec');
  return fc.constantFrom(...fields).chain(({ path, schema: field }) =>
    fc.record({
      path: fc.constant(path),
      value: fc.oneof({ weight: 9, arbitrary: valueFor(field) }, { weight: 1, arbitrary: fc.constant(undefined) }),
    }),
  );
}

for (const { kind, schema, sample, judge } of [
  {
    kind: 'TicketBottlePlatform',
    schema: PLATFORM_SPEC,
    sample: samplePlatform,
    judge: (manifest: Manifest) => problemsOf(manifest as unknown as TicketBottlePlatform),
  },
  {
    kind: 'EventSale',
    schema: EVENT_SALE_SPEC,
    sample: sampleSale,
    judge: (manifest: Manifest) => validateSale(manifest.spec as EventSale['spec']),
  },
]) {
  describe(`API server and operator judge a ${kind} alike`, () => {
    let api: Guarded;
    const verdicts = { accepted: 0, refused: 0 };

    before(async function () {
      this.timeout(120_000);
      api = await guardedApiServer();
    });

    it(`over ${RUNS} random edits of the sample`, async function () {
      this.timeout(240_000);
      await fc.assert(
        fc.asyncProperty(fc.array(mutation(schema), { minLength: 1, maxLength: 2 }), async (edits) => {
          const manifest = sample();
          for (const { path, value } of edits) edited(manifest, path, value);
          const answer = await create(api.ask, manifest);
          const problems = judge({ ...manifest, spec: withDefaults(schema, manifest.spec) as object });
          const refused = answer.status >= 400;
          verdicts[refused ? 'refused' : 'accepted']++;
          assert.equal(
            problems.length > 0,
            refused,
            `${JSON.stringify(edits)}\nAPI server: ${answer.status} ${answer.message}\noperator: ${problems.join('\n') || 'sound'}`,
          );
        }),
        { numRuns: RUNS },
      );
      // Both verdicts must have been seen often, or the property says nothing.
      assert.ok(verdicts.accepted > RUNS / 20 && verdicts.refused > RUNS / 5, JSON.stringify(verdicts));
    });
  });
}
