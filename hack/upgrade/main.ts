/**
 * `npm run upgrade-check -- --from REF`: what an upgrade of the operator from another release to this tree does to running pods.
 * Nothing, it should be: the sample platform is given to both operators, and their pod templates are compared. Exit code 1 when
 * a template differs, for then every pod of that service rolls with the upgrade.
 */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argumentsOrUsage } from '#runtime/local/arguments.ts';
import { run } from '#runtime/local/command.ts';
import { differences } from './differences.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const USAGE = 'usage: npm run upgrade-check -- --from TAG_OR_COMMIT';
const { values } = argumentsOrUsage(USAGE, { options: { from: { type: 'string' } } });
if (values.from === undefined) {
  console.error(USAGE);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'ticketbottle-upgrade-'));
const tree = join(folder, 'tree');
try {
  await run('git', ['worktree', 'add', '--detach', tree, values.from], { cwd: ROOT });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  const render = async (root: string) => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'render.ts'), root]);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const [before, after] = await Promise.all([render(tree), render(ROOT)]);
  let rolled = 0;
  for (const service of Object.keys(after)) {
    const found = differences(before[service], after[service]);
    if (found.length > 0) rolled++;
    console.log(`${service.padEnd(10)} ${found.length === 0 ? 'untouched' : `rolls: ${found.join('; ')}`}`);
  }
  console.log(`${Object.keys(after).length - rolled} untouched, ${rolled} would roll, from ${values.from}`);
  process.exitCode = rolled === 0 ? 0 : 1;
} finally {
  await run('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT }).catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
}
