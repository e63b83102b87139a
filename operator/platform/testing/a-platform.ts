import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';

interface Schema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

const ROOT = join(import.meta.dirname, '../../..');

/** The sample platform with the CRD's defaults filled in, as the API server would store it; `edit` changes the spec first. */
export function aPlatform(edit: (spec: Record<string, never>) => void = () => {}): TicketBottlePlatform {
  const crd = parse(readFileSync(join(ROOT, 'crds/ticketbottle.io_ticketbottleplatforms.yaml'), 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const sample = parse(readFileSync(join(ROOT, 'config/samples/platform.yaml'), 'utf8')) as {
    metadata: object;
    spec: Record<string, never>;
  };
  edit(sample.spec);
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error('the CRD has no schema');
  const platform = withDefaults(sample, schema) as TicketBottlePlatform;
  return {
    ...platform,
    metadata: {
      ...platform.metadata,
      uid: '00000000-0000-4000-8000-000000000001',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2027-01-01T00:00:00Z',
    },
  };
}

/** Structural defaulting as the API server does it: absent properties get their default, and defaults get defaults. */
function withDefaults(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value))
    return value.map((item) => (schema.items === undefined ? item : withDefaults(item, schema.items)));
  if (typeof value !== 'object' || value === null) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && property.default !== undefined) filled[name] = structuredClone(property.default);
    if (filled[name] !== undefined) filled[name] = withDefaults(filled[name], property);
  }
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object')
    for (const [name, member] of Object.entries(filled)) filled[name] = withDefaults(member, additionalProperties);
  return filled;
}
