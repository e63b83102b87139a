import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';

/** Any fixed time will do; zip files cannot say anything before 1980. */
const MODIFIED = new Date(1980, 0, 1);

/** Files in the order of their names, with one fixed time and mode: the same content gives the same bytes. */
export function zipFiles(files: ReadonlyMap<string, Uint8Array>): { bytes: Uint8Array; sha256: string } {
  const entries = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes = zipSync(
    Object.fromEntries(
      entries.map(([name, content]) => [name, [content, { mtime: MODIFIED, os: 3, attrs: 0o644 << 16 }] as const]),
    ),
    { level: 9 },
  );
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
