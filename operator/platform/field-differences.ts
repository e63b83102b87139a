/** Fields in which two objects differ, for people: `spec.replicas: 2 → 3`. At most `limit`, the rest counted. Pure. */
export function fieldDifferences(
  before: unknown,
  after: unknown,
  { limit = 6, hideValues = false }: { readonly limit?: number; readonly hideValues?: boolean } = {},
): string {
  const found: string[] = [];
  compare('', before, after, found, hideValues);
  const more = found.length > limit ? ` and ${found.length - limit} more` : '';
  return `${found.slice(0, limit).join(', ')}${more}`;
}

/** The part of `actual` that `shape` speaks of. Pure. */
export function partOf(shape: unknown, actual: unknown): unknown {
  if (typeof shape !== 'object' || shape === null || typeof actual !== 'object' || actual === null) return actual;
  const [wanted, found] = [membersOf(shape), membersOf(actual)];
  if (wanted === undefined || found === undefined || Array.isArray(shape) !== Array.isArray(actual)) return actual;
  const parts = [...wanted].flatMap(([name, member]): [string, unknown][] =>
    found.has(name) ? [[name, partOf(member, found.get(name))]] : [],
  );
  return Array.isArray(shape) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}

function compare(path: string, before: unknown, after: unknown, found: string[], hide: boolean): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const [left, right] = [membersOf(before), membersOf(after)];
  if (left === undefined || right === undefined || Array.isArray(before) !== Array.isArray(after)) {
    found.push(hide ? `${path} changes` : `${path}: ${shown(before)} → ${shown(after)}`);
    return;
  }
  const start = found.length;
  for (const name of new Set([...left.keys(), ...right.keys()]))
    compare(join(path, name, Array.isArray(after)), left.get(name), right.get(name), found, hide);
  // The same members in another order.
  if (found.length === start && Array.isArray(after)) found.push(`${path}: other order`);
}

/** Members by name; list items by what names them in Kubernetes, so that a new first item does not change all others. */
function membersOf(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.map((item, index) => [nameOf(item) ?? String(index), item]));
  if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  return undefined;
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { name, topologyKey, mountPath } = item as Record<string, unknown>;
  const found = mountPath ?? name ?? topologyKey;
  return typeof found === 'string' ? found : undefined;
}

function join(path: string, name: string, isItem: boolean): string {
  if (isItem) return `${path}[${name}]`;
  if (path === '') return name;
  return /^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}["${name}"]`;
}

const MAX_VALUE = 80;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
}
