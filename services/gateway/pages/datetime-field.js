/** What `datetime-local` fields hold is the wall clock of this machine. */
export function fieldToIso(text) {
  return new Date(text).toISOString();
}

/** The form that a `datetime-local` field takes. */
export function isoToField(iso) {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
