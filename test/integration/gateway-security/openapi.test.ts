import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { newId } from '#runtime/ids.ts';
import { type Front, type Session, startFront } from './front.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}
interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
    >
  >;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 40);

describe('the API against its own OpenAPI document', () => {
  const stack = new AsyncDisposableStack();
  let front: Front;
  let document: Document;
  let admin: Session;
  let ajv: Ajv2020;
  before(async function () {
    this.timeout(240_000);
    front = await startFront(stack, { RATE_LIMIT_PER_IP: '1000000', RATE_LIMIT_AUTH_PER_IP: '1000000' });
    document = (await (await fetch(`${front.bases[0]}/api/openapi.json`)).json()) as Document;
    admin = await front.administrator();
    ajv = new Ajv2020({ strict: false, allErrors: false });
    (formats as unknown as (ajv: Ajv2020) => void)(ajv);
    ajv.addSchema({ $id: 'doc', components: document.components } as AnySchema);
  });
  after(function () {
    this.timeout(60_000);
    return stack.disposeAsync();
  });

  it('is a valid OpenAPI 3.1 document whose problems name their codes', async () => {
    const verdict = await new Validator().validate(structuredClone(document) as never);
    assert.equal(verdict.valid, true, JSON.stringify(verdict.errors ?? null, null, 1).slice(0, 2_000));
    assert.match(document.openapi, /^3\.1\./);
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const problems = Object.entries(responses).filter(([status]) => Number(status) >= 400);
        assert.ok(problems.length >= 5, `${method} ${path}`);
        for (const [status, response] of problems) {
          assert.match(
            (response as { description: string }).description,
            /code is one of [A-Z]/,
            `${method} ${path} ${status}`,
          );
          assert.ok(response.content?.['application/problem+json'], `${method} ${path} ${status}`);
        }
      }
    }
  });

  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] as Schema);

  /** Values that fit a schema. */
  function fitting(given: Schema): fc.Arbitrary<unknown> {
    const schema = resolve(given);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const [type] = [schema.type ?? 'object'].flat();
    switch (type) {
      case 'object': {
        const { properties = {}, required = [] } = schema;
        const fields = Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, fitting(one)]));
        return fc.record(fields, { requiredKeys: [...required] });
      }
      case 'array':
        return fc.array(fitting(schema.items ?? {}), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 4, 4),
        });
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -(2 ** 31), max: schema.maximum ?? 2 ** 31 });
      case 'number':
        return fc.double({ noNaN: true });
      case 'boolean':
        return fc.boolean();
      default: {
        if (schema.format === 'date-time')
          return fc
            .date({ noInvalidDate: true, min: new Date(0), max: new Date('2200-01-01') })
            .map((date) => date.toISOString());
        if (schema.pattern?.includes('-[0-9a-fA-F]{12}')) return fc.uuid();
        if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
        return fc.string({
          unit: 'grapheme',
          minLength: schema.minLength ?? 0,
          maxLength: Math.min(schema.maxLength ?? 60, 60),
        });
      }
    }
  }
  const odd = fc.oneof(
    fc.constantFrom(
      null,
      '',
      0,
      -1,
      2 ** 53,
      1e308,
      [],
      {},
      true,
      '\u0000',
      '../..',
      "' OR 1=1 --",
      '\ud800',
      'a'.repeat(70_000),
      '2027-02-30T25:61:61Z',
    ),
    fc.jsonValue(),
  );
  /** Fitting values, now and then with a field replaced, dropped or added. */
  function nearly(schema: Schema): fc.Arbitrary<unknown> {
    return fc.oneof(
      { weight: 3, arbitrary: fitting(schema) },
      { weight: 1, arbitrary: odd },
      {
        weight: 3,
        arbitrary: fc.tuple(fitting(schema), fc.nat(), odd, fc.boolean()).map(([value, which, other, drop]) => {
          if (typeof value !== 'object' || value === null || Array.isArray(value)) return other;
          const keys = [...Object.keys(value), 'extra'];
          const key = keys[which % keys.length] as string;
          const { [key]: _gone, ...rest } = value as Record<string, unknown>;
          return drop ? rest : { ...rest, [key]: other };
        }),
      },
    );
  }

  it('never breaks, and answers what it says, whatever it is asked', async function () {
    this.timeout(280_000);
    const seen = new Map<number, number>();
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        // A stream does not end, and signing the fuzzer out ends the fuzzing; both have tests of their own.
        if (method === 'head' || /\/stream$|signout|auth\/password$/.test(path)) continue;
        const parameters = operation.parameters ?? [];
        const content = operation.requestBody?.content['application/json'];
        const inputs = fc.record({
          parameters: fc.tuple(
            ...parameters.map(({ schema, in: where }) =>
              where === 'path'
                ? fc.oneof(fitting(schema), fc.string({ minLength: 1 }))
                : fc.option(fc.oneof(fitting(schema), fc.string()), { nil: undefined }),
            ),
          ),
          body: content === undefined ? fc.constant(undefined) : nearly(content.schema),
        });
        await fc.assert(
          fc.asyncProperty(inputs, async ({ parameters: values, body }) => {
            let url = path;
            const query = new URLSearchParams();
            const headers: Record<string, string> = { authorization: `Bearer ${admin.accessToken}` };
            for (const [i, { name, in: where }] of parameters.entries()) {
              const value = values[i];
              if (where === 'path')
                url = url.replace(`{${name}}`, () => encodeURIComponent(String(value).toWellFormed()));
              else if (value === undefined) continue;
              else if (where === 'query') query.set(name, String(value).toWellFormed());
              else if (/^[\x21-\x7e]+$/.test(String(value))) headers[name] = String(value);
            }
            if (/\/\.{0,2}(\/|$)/.test(decodeURIComponent(url))) return;
            // The fuzzer's own role stays.
            if (url.includes(admin.user.id)) return;
            const response = await fetch(`${front.bases[0]}${url}?${query}`, {
              method: method.toUpperCase(),
              headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
              ...(body === undefined ? {} : { body: JSON.stringify(body) }),
              redirect: 'manual',
            });
            const text = await response.text();
            const where = `${method} ${url}: ${response.status} ${text.slice(0, 300)}`;
            seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
            // Inventory is not there: that, and nothing else, may be said.
            const away = response.status === 503;
            assert.ok(response.status < 500 || away, where);
            const known = operation.responses[String(response.status)];
            assert.ok(known || [404, 414].includes(response.status), `not in the document: ${where}`);
            const type = response.headers.get('content-type')?.split(';')[0] ?? '';
            if (response.status >= 400) {
              assert.equal(type, 'application/problem+json', where);
              const { code } = JSON.parse(text) as { readonly code: string };
              const codes = known?.description?.split('one of ')[1]?.split(', ') ?? ['NO_SUCH_ROUTE', code];
              assert.ok(codes.includes(code) || away, `a code that the document does not name: ${where}`);
            }
            const schema = known?.content?.[type]?.schema;
            if (schema === undefined || !/json/.test(type)) return;
            const validate = ajv.compile(rebased(schema));
            assert.ok(validate(JSON.parse(text)), `${where}: ${ajv.errorsText(validate.errors)}`);
          }),
          { numRuns: RUNS, endOnFailure: true },
        );
      }
    }
    assert.ok((seen.get(200) ?? 0) + (seen.get(201) ?? 0) > 20, JSON.stringify([...seen]));
    assert.ok((seen.get(400) ?? 0) > 100, JSON.stringify([...seen]));
  });

  /** The schema with its references into the document. */
  function rebased(schema: Schema): AnySchema {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/');
    return JSON.parse(text) as AnySchema;
  }

  it('says no to methods that a path does not have', async () => {
    for (const method of ['PATCH', 'PROPFIND']) {
      const { status } = await front.call(method, `/orders/${newId()}`, { token: admin.accessToken });
      assert.ok([404, 405, 400].includes(status), method);
    }
  });
});
