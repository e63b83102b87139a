import { hash } from 'node:crypto';

/** Hash of a JSON value that does not depend on the order of keys. Undefined members count as absent, as in JSON. */
export function canonicalHash(value: unknown): string {
  return hash('sha256', canonical(value), 'base64url').slice(0, 22);
}

/** One string that grows: every object of the cluster passes through here whenever it changes. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonical(item)}`;
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonical(member)}`;
  }
  return `{${text}}`;
}
