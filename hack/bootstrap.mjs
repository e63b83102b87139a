// Starts a program of this repository on any machine with Node >= 20: node hack/bootstrap.mjs PROGRAM.ts [ARGUMENTS]
// Plain JavaScript without dependencies, because it is what installs them. Everything after it runs on the Node that
// package-lock.json pins.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');

const [program, ...args] = process.argv.slice(2);
if (program === undefined) fail('usage: node hack/bootstrap.mjs PROGRAM.ts [ARGUMENTS]', 2);
if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old to install the pinned one; install Node 20 or newer and start again.`);
}
if (!installed()) install();
start();

/** True when every package of package-lock.json that is not optional is in node_modules in its exact version. */
function installed() {
  const wanted = packages(join(ROOT, 'package-lock.json'));
  const present = packages(join(ROOT, 'node_modules', '.package-lock.json')); // npm writes it last.
  if (wanted === undefined)
    fail('package-lock.json is missing or broken; restore it with: git checkout package-lock.json');
  if (present === undefined || !existsSync(NODE)) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version,
  );
}

function packages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function install() {
  const startedAt = Date.now();
  process.stdout.write('  … npm ci (packages are not there yet, or not those of package-lock.json)\n');
  const result = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (result.signal === 'SIGINT' || result.signal === 'SIGTERM') process.exit(130);
  if (result.error !== undefined) fail('npm cannot be started; install npm (it comes with Node) and start again.');
  if (result.status !== 0) fail('npm ci failed, for the reason above; check the network or .npmrc and start again.');
  if (!existsSync(NODE)) {
    fail(
      'npm ci did not install the pinned Node; allow its install script (npm config set ignore-scripts false) and start again.',
    );
  }
  process.stdout.write(`  ✓ npm ci ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

function start() {
  const env = { ...process.env, PATH: `${dirname(NODE)}:${process.env.PATH ?? ''}` };
  const child = spawn(NODE, [join(ROOT, program), ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(`${NODE} cannot be started: ${error.message}`));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
}

function fail(sentence, code = 1) {
  process.stderr.write(`✗ ${sentence}\n`);
  process.exit(code);
}
