/** As much of a structural schema as the CRDs of this project use. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

/**
 * What a value has against its schema, each as `field: what is wrong; the mend`. The API server judges the same when an object is
 * written; this judges objects that were stored before a schema was tightened, or by a server that does not know it.
 * Fields that the schema does not know are left alone: the API server drops them.
 */
export function structuralProblems(schema: Schema, value: unknown, at: string): string[] {
  if (schema['x-kubernetes-int-or-string']) {
    if (Number.isInteger(value)) return [];
    return typeof value === 'string'
      ? textProblems(schema, value, at)
      : [`${at}: is neither a number nor a text; ${SET}`];
  }
  if (!hasType(value, schema.type)) return [`${at}: is not ${named(schema.type)}; ${SET}`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is not known; set it to one of ${schema.enum.join(', ')}`];
  if (typeof value === 'string') return textProblems(schema, value, at);
  if (typeof value === 'number') return numberProblems(schema, value, at);
  if (Array.isArray(value)) return listProblems(schema, value, at);
  if (typeof value === 'object' && value !== null) return objectProblems(schema, value as Record<string, unknown>, at);
  return [];
}

/** Structural defaulting as the API server does it: absent properties get their default, and defaults get defaults. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withDefaults(items, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && property.default !== undefined) filled[name] = structuredClone(property.default);
    if (filled[name] !== undefined) filled[name] = withDefaults(property, filled[name]);
  }
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object')
    for (const [name, member] of Object.entries(filled)) filled[name] = withDefaults(additionalProperties, member);
  return filled;
}

/** Fields that an API server with this schema would have filled in: one that has not knows an older schema. */
export function lackingDefaults(schema: Schema, value: unknown, at: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, index) => lackingDefaults(items, item, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const members = value as Readonly<Record<string, unknown>>;
  const { properties = {}, additionalProperties } = schema;
  const own = Object.entries(properties).flatMap(([name, property]) => {
    if (members[name] !== undefined) return lackingDefaults(property, members[name], `${at}.${name}`);
    return property.default === undefined ? [] : [`${at}.${name}`];
  });
  if (typeof additionalProperties !== 'object') return own;
  const more = Object.entries(members).filter(([name]) => properties[name] === undefined);
  return [...own, ...more.flatMap(([name, member]) => lackingDefaults(additionalProperties, member, `${at}.${name}`))];
}

const SET = '`kubectl explain` of the field shows its type: set it so';
/** Of RFC 3339, as the API server reads `format: date-time`. */
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function hasType(value: unknown, type: string | undefined): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function named(type: string | undefined): string {
  switch (type) {
    case 'integer':
      return 'a whole number';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text';
    case 'boolean':
      return 'true or false';
    default:
      return `of type ${type}`;
  }
}

function textProblems(schema: Schema, value: string, at: string): string[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  const { length } = [...value];
  if (length > maxLength) return [`${at}: has ${length} characters; shorten it to ${maxLength} or fewer`];
  const problems: string[] = [];
  if (length < minLength) problems.push(`${at}: is empty; set it`);
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value))
    problems.push(`${at}: ${JSON.stringify(value)} has another form than ${pattern}; write it so`);
  if (format === 'date-time' && !isInstant(value))
    problems.push(`${at}: ${JSON.stringify(value)} is not an instant; write it like 2027-01-10T10:00:00+07:00`);
  return problems;
}

function isInstant(text: string): boolean {
  if (!DATE_TIME.test(text)) return false;
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function numberProblems({ minimum, maximum }: Schema, value: number, at: string): string[] {
  if (minimum !== undefined && value < minimum) return [`${at}: ${value} is too low; set it to ${minimum} or more`];
  if (maximum !== undefined && value > maximum) return [`${at}: ${value} is too high; set it to ${maximum} or less`];
  return [];
}

function listProblems(schema: Schema, value: readonly unknown[], at: string): string[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = schema;
  if (value.length < minItems) return [`${at}: has ${value.length} entries; add entries until there are ${minItems}`];
  if (value.length > maxItems) return [`${at}: has ${value.length} entries; remove some, ${maxItems} are allowed`];
  const problems =
    items === undefined ? [] : value.flatMap((item, index) => structuralProblems(items, item, `${at}[${index}]`));
  return [...problems, ...duplicates(schema, value, at)];
}

function duplicates(schema: Schema, value: readonly unknown[], at: string): string[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined) return [];
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    const identity = JSON.stringify(keys.map((key) => (item as Record<string, unknown> | null)?.[key]));
    if (!seen.has(identity)) {
      seen.add(identity);
      return [];
    }
    const field = `${at}[${index}].${keys.join('+')}`;
    return [`${field}: ${identity.slice(1, -1)} is there twice; rename or remove one of them`];
  });
}

function objectProblems(schema: Schema, value: Record<string, unknown>, at: string): string[] {
  const { properties = {}, additionalProperties, required = [], maxProperties = Number.POSITIVE_INFINITY } = schema;
  const count = Object.keys(value).length;
  if (count > maxProperties) return [`${at}: has ${count} entries; remove some, ${maxProperties} are allowed`];
  const missing = required.filter((name) => value[name] === undefined);
  const problems = missing.map((name) => `${at}.${name}: is missing; set it`);
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const property = properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (property !== undefined) problems.push(...structuralProblems(property, member, `${at}.${name}`));
  }
  return problems;
}
