/**
 * `node hack/cluster/build.ts PROGRAM`: builds one of the Go programs unless the cache has it, and prints its path. Tests
 * that need only an API server, and no cluster, start from here.
 */

import { localLayout } from '#runtime/local/layout.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import { Steps } from '#runtime/local/steps.ts';
import { buildProgram, GO_PROGRAMS, type GoProgram } from './go-programs.ts';

const name = process.argv[2] ?? '';
if (!(name in GO_PROGRAMS)) {
  process.stderr.write(`usage: node hack/cluster/build.ts ${Object.keys(GO_PROGRAMS).join('|')}\n`);
  process.exit(2);
}
const program = name as GoProgram; // Checked above.
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
const deps = { cache: localLayout(process.env).cache, path: process.env.PATH, signal: interrupted.signal };
try {
  // Progress goes to stderr: stdout is the answer.
  const path = await new Steps(process.stderr).run(`build ${program}`, (step) => buildProgram(deps, program, step));
  process.stdout.write(`${path}\n`);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`✗ ${error.message}\n`);
  process.exitCode = 1;
}
