import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SALE_RULES, SALE_TRANSITIONS } from '../eventsale/validate/rules.ts';
import { PLATFORM_RULES, PLATFORM_TRANSITIONS } from '../platform/validation-rules.ts';
import type { Rule } from './rules.ts';

interface Node {
  readonly properties?: Record<string, Node>;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly 'x-kubernetes-validations'?: readonly { rule: string; message: string; fieldPath?: string }[];
}

type Stated = Pick<Rule, 'at' | 'field' | 'cel' | 'message'>;

for (const [file, rules] of [
  ['ticketbottle.io_eventsales.yaml', [...SALE_RULES, ...SALE_TRANSITIONS]],
  ['ticketbottle.io_ticketbottleplatforms.yaml', [...PLATFORM_RULES, ...PLATFORM_TRANSITIONS]],
] as const) {
  describe(`rules of crds/${file}`, () => {
    const schema = schemaOf(file);

    it('are those that the operator checks again, word for word', () => {
      const inCrd = rulesOf(schema, '').map(text).sort();
      const here = rules
        .flatMap((one) => expand(schema, one))
        .map(text)
        .sort();
      assert.deepEqual(inCrd, here);
      assert.ok(here.length > 20);
    });

    it('say what is wrong and how to mend it', () => {
      for (const { message } of rules)
        assert.match(message, /[;:] .*(set|write|lower|raise|choose|correct|remove|rename|keep)/, message);
    });
  });
}

function schemaOf(file: string): Node {
  const text = readFileSync(join(import.meta.dirname, '../../crds', file), 'utf8');
  const crd = parse(text) as { spec: { versions: { schema: { openAPIV3Schema: Node } }[] } };
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  assert.ok(schema);
  return schema;
}

function rulesOf(node: Node, at: string): Stated[] {
  const own = (node['x-kubernetes-validations'] ?? []).map(({ rule, message, fieldPath }) => ({
    at,
    field: fieldPath?.slice(1),
    cel: rule,
    message,
  }));
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    rulesOf(child, at === '' ? name : `${at}.${name}`),
  );
  const items = node.items === undefined ? [] : rulesOf(node.items, `${at}[]`);
  const members = typeof node.additionalProperties === 'object' ? rulesOf(node.additionalProperties, `${at}.*`) : [];
  return [...own, ...below, ...items, ...members];
}

/** A rule with `*` stands at every property that the schema has there. */
function expand(schema: Node, rule: Stated): Stated[] {
  const [head, ...tail] = rule.at.split('.*');
  if (head === undefined || tail.length === 0) return [rule];
  const parent = head.split('.').reduce<Node | undefined>((node, name) => node?.properties?.[name], schema);
  return Object.keys(parent?.properties ?? {}).map((name) => ({ ...rule, at: `${head}.${name}${tail.join('.*')}` }));
}

function text({ at, field, cel, message }: Stated): string {
  return [at, field ?? '', cel, message].join(' | ');
}
