import { canonicalHash } from './canonical-hash.ts';
import type { KubeObject } from './resource.ts';

/** Only these can have applied what an applier of this operator would send again. */
const OURS = /^ticketbottle/;
const HASHES: unique symbol = Symbol('hashes of owned fields');

type Fields = Readonly<Record<string, unknown>>;
type Noted = KubeObject & { readonly [HASHES]?: ReadonlyMap<string, string> };

/**
 * Notes on the object what each of our field managers has applied of it, as a hash, so that managedFields can be stripped
 * and a new leader still knows what it need not send. Nothing else sees the note.
 */
export function noteOwnedFields(object: KubeObject): void {
  const hashes = new Map<string, string>();
  for (const { manager = '', operation, subresource, fieldsV1 } of object.metadata.managedFields ?? []) {
    if (operation !== 'Apply' || fieldsV1 === undefined || !OURS.test(manager)) continue;
    const slot = slotOf(manager, subresource);
    // One entry for each version of the API that it was applied with; what they are together only the server knows.
    if (hashes.has(slot)) hashes.set(slot, '');
    else hashes.set(slot, hashOf(ownedOf(object, fieldsV1)));
  }
  if (hashes.size > 0) Object.defineProperty(object, HASHES, { value: hashes });
}

/**
 * The manager applied exactly these fields with these values, to the object or to that subresource, and nobody has changed one
 * since: to apply them would do nothing.
 */
export function isApplied(
  observed: KubeObject,
  desired: KubeObject,
  { manager, subresource }: { readonly manager: string; readonly subresource: 'status' | undefined },
): boolean {
  const noted = (observed as Noted)[HASHES]?.get(slotOf(manager, subresource));
  return noted !== undefined && noted === hashOf(wishOf(desired));
}

const slotOf = (manager: string, subresource = ''): string => `${manager} ${subresource}`;

/** Nobody owns a list without items, and servers leave out what is empty: owned and not there is the same as owned and empty. */
const hashOf = (value: unknown): string => canonicalHash(emptyAsNull(value));

function emptyAsNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptyAsNull);
  if (typeof value !== 'object' || value === null) return value || null;
  const members = Object.entries(value).filter(([, member]) => member !== undefined && !isWithoutItems(member));
  if (members.length === 0) return null;
  return Object.fromEntries(members.map(([name, member]) => [name, emptyAsNull(member)]));
}

const isWithoutItems = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Of a wish what managedFields tell of: neither who the object is nor the version that an apply is to be made onto. */
function wishOf({ apiVersion: _version, kind: _kind, metadata, ...rest }: KubeObject): object {
  const { name: _name, namespace: _namespace, resourceVersion: _onto, ...others } = metadata;
  return Object.keys(others).length === 0 ? rest : { ...rest, metadata: others };
}

/** The part of a value that the fields name: `f:x` a member, `k:{...}` and `v:...` an item, nothing below it the whole. */
function ownedOf(value: unknown, fields: Fields): unknown {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (names.length === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const keys = names.map((name) => ({ key: JSON.parse(name.slice(2)) as unknown, below: fields[name] as Fields }));
    // In the order of the list, which is that of the wish.
    return value.flatMap((item: unknown) => {
      const owned = keys.find(({ key }) => isItem(item, key));
      return owned === undefined ? [] : [ownedOf(item, owned.below)];
    });
  }
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    names.map((name) => [name.slice(2), ownedOf(members[name.slice(2)] ?? null, fields[name] as Fields)]),
  );
}

function isItem(item: unknown, key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return item === key;
  return Object.entries(key).every(([name, value]) => (item as Readonly<Record<string, unknown>>)[name] === value);
}
