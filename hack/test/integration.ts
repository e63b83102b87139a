import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = 'test/integration';

/** Tests that take minutes by their nature; `npm test` leaves them out unless it is asked for them. */
export const DRILLS = '**/*.drill.test.ts';
const isDrill = (file: string) => file.endsWith('.drill.test.ts');

/**
 * Folders of test/integration that hold a test to run, each run by a mocha process of its own so that one area's servers
 * never disturb another's.
 */
export function integrationAreas(only: string | undefined, drills: boolean): string[] {
  const areas = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  if (only !== undefined && !areas.includes(only)) {
    throw new Error(`no such area "${only}": choose from ${areas.join(', ')}`);
  }
  const wanted = only === undefined ? areas : [only];
  return wanted.filter((area) =>
    readdirSync(join(ROOT, area)).some((file) => file.endsWith('.test.ts') && (drills || !isDrill(file))),
  );
}
