import type { AliasTraffic } from './lambda-rollout.ts';

/**
 * What the description of the alias keeps of a rollout, so that any operator, at any time, goes on where the last one was
 * killed, and people see it in the console: `traffic moved at 2027-03-01T10:00:00.000Z; checked 7; rejected 6: error rate 40%`.
 */
export type AliasNote = Pick<AliasTraffic, 'changedAtMs' | 'checked' | 'rejected'>;

/** AWS refuses longer descriptions. */
const MAX_LENGTH = 256;

export function writeAliasNote({ changedAtMs, checked, rejected }: AliasNote): string {
  const parts = [
    changedAtMs === undefined ? [] : [`traffic moved at ${new Date(changedAtMs).toISOString()}`],
    checked === undefined ? [] : [`checked ${checked}`],
    rejected === undefined ? [] : [`rejected ${rejected.version}: ${rejected.why}`],
  ].flat();
  return parts.join('; ').slice(0, MAX_LENGTH);
}

/** Reads what `writeAliasNote` wrote; anything else, such as a description that a person wrote, is no note. */
export function readAliasNote(description: string | undefined): AliasNote {
  const text = description ?? '';
  const moved = Date.parse(/^traffic moved at (\S+?)(?:;|$)/.exec(text)?.[1] ?? '');
  const checked = /(?:^|; )checked (\d+)/.exec(text.split('rejected ')[0] ?? '')?.[1];
  const rejected = /(?:^|; )rejected (\d+): (.*)$/s.exec(text);
  return {
    changedAtMs: Number.isNaN(moved) ? undefined : moved,
    checked,
    rejected: rejected === null ? undefined : { version: rejected[1] ?? '', why: rejected[2] ?? '' },
  };
}
