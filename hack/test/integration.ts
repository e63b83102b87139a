import { readdirSync } from 'node:fs';

/** Folders of test/integration, each run by a mocha process of its own so that one area's servers never disturb another's. */
export function integrationAreas(only?: string): string[] {
  const areas = readdirSync('test/integration', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  if (only === undefined) return areas;
  if (!areas.includes(only)) throw new Error(`no such area "${only}": choose from ${areas.join(', ')}`);
  return [only];
}
