import { ownedPart } from '#runtime/owned-part.ts';
import { canonicalHash } from './canonical-hash.ts';
import type { KubeObject } from './resource.ts';

/** Only these can have applied what an applier of this operator would send again. */
const OURS = /^ticketbottle/;
const HASHES: unique symbol = Symbol('hashes of owned fields');

type Noted = KubeObject & { readonly [HASHES]?: ReadonlyMap<string, string> };

/**
 * Notes on the object what each of our field managers has applied of it, as a hash, so that managedFields can be stripped
 * and a new leader still knows what it need not send. Nothing else sees the note.
 */
export function noteOwnedFields(object: KubeObject): void {
  const hashes = new Map<string, string>();
  const entries = object.metadata.managedFields ?? [];
  // A status with one author is what was applied, so the applier compares it whole; there is one at every other event.
  const oneAuthor = entries.filter(({ subresource }) => subresource === 'status').length === 1;
  for (const { manager = '', operation, subresource, fieldsV1 } of entries) {
    if (operation !== 'Apply' || fieldsV1 === undefined || !OURS.test(manager)) continue;
    if (subresource === 'status' && oneAuthor) continue;
    const slot = slotOf(manager, subresource);
    // One entry for each version of the API that it was applied with; what they are together only the server knows.
    if (hashes.has(slot)) hashes.set(slot, '');
    else hashes.set(slot, hashOf(ownedPart(object, fieldsV1)));
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
