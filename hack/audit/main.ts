/**
 * `npm run audit`: known weaknesses of the packages that run, as the npm registry knows them. Exit code 1 for high and critical
 * ones; a registry that does not answer such questions, or cannot be reached, is said and is no failure.
 */
import { CommandError, run } from '#runtime/local/command.ts';
import { verdictOf } from './verdict.ts';

const { stdout, stderr } = await run('npm', ['audit', '--omit=dev', '--json'], { timeoutMs: 120_000 }).catch(
  (error: unknown) => {
    if (error instanceof CommandError) return error; // Weaknesses are an exit code too.
    throw error;
  },
);
const { text, failed } = verdictOf(stdout, stderr);
console.log(text);
process.exitCode = failed ? 1 : 0;
