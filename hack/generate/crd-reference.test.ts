import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { anchorOf, type Crd, crdReference, type Schema } from './crd-reference.ts';

const CRDS = join(import.meta.dirname, '../../crds');
const crds = readdirSync(CRDS)
  .filter((file) => file.startsWith('ticketbottle.io_'))
  .map((file) => parse(readFileSync(join(CRDS, file), 'utf8')) as Crd);

/** Every field below, as `spec.services.gateway.replicas.min`. */
function* fieldsOf(schema: Schema, path = ''): Generator<[string, Schema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? name : `${path}.${name}`;
    yield [at, field];
    yield* fieldsOf(field, at);
    if (field.items !== undefined) yield* fieldsOf(field.items, `${at}[]`);
    if (typeof field.additionalProperties === 'object') yield* fieldsOf(field.additionalProperties, `${at}.NAME`);
  }
}

describe('crdReference', () => {
  for (const crd of crds) {
    const root = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
    const page = crdReference(crd, 'crds/x.yaml');
    const rows = page.split('\n');

    it(`finds a description of every field of ${crd.spec.names.kind}, as \`kubectl explain\` shows it`, () => {
      const silent = [...fieldsOf(root)].filter(([, { description }]) => !description).map(([path]) => path);
      // The API server describes it itself, and refuses a CRD that does.
      assert.deepEqual(silent, ['metadata']);
    });

    it(`shows every field of ${crd.spec.names.kind} in the section of its object`, () => {
      const sections = new Map<string, string[]>();
      for (const part of page.split(/^##+ /m).slice(1)) {
        const [path = '', ...lines] = part.split('\n');
        const alike = lines.find((line) => line.startsWith('The same fields: '))?.match(/`([^`]+)`/g) ?? [];
        for (const name of [path, ...alike.map((quoted) => quoted.slice(1, -1))]) sections.set(name, lines);
      }
      for (const [path] of fieldsOf(root)) {
        const [, parent, name] = /^(.*)\.([^.]+)$/.exec(path) ?? [];
        if (parent === undefined || !/^(spec|status)/.test(path)) continue;
        // Below twins only the first is shown in depth.
        const known = sections.get(parent);
        if (known === undefined)
          assert.ok(
            [...sections.keys()].some((other) => twinOf(other, parent)),
            parent,
          );
        else
          assert.ok(
            known.some((line) => line.includes(`\`${name}\``)),
            path,
          );
      }
    });

    it(`links only to sections of the page of ${crd.spec.names.kind}`, () => {
      const anchors = new Set(rows.filter((row) => /^##+ /.test(row)).map((row) => anchorOf(row.replace(/^#+ /, ''))));
      for (const [, anchor = ''] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.has(anchor), anchor);
    });
  }

  it('shares a section between siblings of one shape, and keeps others apart', () => {
    const alike = { type: 'object', description: 'One', properties: { x: { type: 'string', description: 'X' } } };
    const crd = crdOf({
      a: alike,
      b: { ...alike, description: 'Two' },
      c: { type: 'object', properties: { y: { type: 'string' } } },
    });
    const page = crdReference(crd, 'x');
    assert.match(page, /### spec\.a\n[^#]*The same fields: `spec\.b`/);
    assert.doesNotMatch(page, /### spec\.b/);
    assert.match(page, /### spec\.c/);
    assert.match(page, /\[`b`\]\(#speca\)/);
  });

  it('says whose rule it is where siblings share a section but not all of its rules', () => {
    const sibling = (...messages: string[]) => ({
      type: 'object',
      properties: { x: { type: 'string' } },
      'x-kubernetes-validations': messages.map((message) => ({ rule: 'r', message, fieldPath: '.x' })),
    });
    const page = crdReference(crdOf({ a: sibling('is long'), b: sibling('is long', 'is low') }), 'x');
    assert.match(page, /### spec\.a\n[^#]*The same fields: `spec\.b`/);
    assert.match(page, /^- Refused when `x` is long\.$/m);
    assert.match(page, /^- `spec\.b`: Refused when `x` is low\.$/m);
  });

  it('keeps pipes and angle brackets of a text out of the table around it', () => {
    const page = crdReference(crdOf({ a: { type: 'string', description: 'x|y <z>' } }), 'x');
    assert.match(page, /x\\\|y &lt;z>/);
  });
});

/** Paths that differ in one name, as spec.services.gateway.replicas and spec.services.user.replicas. */
function twinOf(one: string, other: string): boolean {
  const [a, b] = [one.split('.'), other.split('.')];
  return a.length === b.length && a.filter((name, at) => name !== b[at]).length === 1;
}

function crdOf(properties: Record<string, Schema>): Crd {
  return {
    spec: {
      group: 'x.io',
      scope: 'Namespaced',
      names: { kind: 'X', plural: 'xs' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema: { properties: { spec: { properties } } } } }],
    },
  };
}
