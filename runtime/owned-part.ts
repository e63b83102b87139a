/** `fieldsV1` of one entry of an object's managedFields. */
export type OwnedFields = Readonly<Record<string, unknown>>;

/** The part of a value that the fields name: `f:x` a member, `k:{...}` and `v:...` an item, nothing below it the whole. */
export function ownedPart(value: unknown, fields: OwnedFields): unknown {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (names.length === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const keys = names.map((name) => ({
      key: JSON.parse(name.slice(2)) as unknown,
      below: fields[name] as OwnedFields,
    }));
    // In the order of the list, which is that of the wish.
    return value.flatMap((item: unknown) => {
      const owned = keys.find(({ key }) => isItem(item, key));
      return owned === undefined ? [] : [ownedPart(item, owned.below)];
    });
  }
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    names.map((name) => [name.slice(2), ownedPart(members[name.slice(2)] ?? null, fields[name] as OwnedFields)]),
  );
}

function isItem(item: unknown, key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return item === key;
  return Object.entries(key).every(([name, value]) => (item as Readonly<Record<string, unknown>>)[name] === value);
}
