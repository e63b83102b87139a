import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import type { ImageStore } from './image-store.ts';
import { type ImageFacts, inspectImage } from './inspect.ts';

const LABELS = ['title', 'licenses', 'version'].map((name) => `org.opencontainers.image.${name}`);

export interface Verdict {
  readonly name: string;
  readonly image: string;
  readonly facts: ImageFacts;
  /** Digest of the image that another folder with another cache gave. */
  readonly again: string;
  readonly problems: readonly string[];
}

/** What an image promises: made again it is the same, nobody in it is root, it says what it is, and lists what it holds. */
export function problemsOf(facts: ImageFacts, again: string, version: string): string[] {
  const problems: string[] = [];
  if (facts.digest !== again) problems.push(`built again it is ${again}`);
  const [uid = ''] = facts.user.split(':');
  if (!/^[1-9][0-9]*$/.test(uid)) problems.push(`runs as "${facts.user}" instead of a number that is not 0`);
  const missing = LABELS.filter((name) => (facts.labels[name] ?? '') === '');
  if (missing.length > 0) problems.push(`lacks the labels ${missing.join(', ')}`);
  else if (facts.labels['org.opencontainers.image.version'] !== version)
    problems.push(`is labelled version ${facts.labels['org.opencontainers.image.version']} instead of ${version}`);
  const [has, says] = [new Set(facts.packages), new Set(facts.listed)];
  const unlisted = [...has].filter((one) => !says.has(one));
  const absent = [...says].filter((one) => !has.has(one));
  if (unlisted.length > 0) problems.push(`its SBOM lacks ${unlisted.join(', ')}`);
  if (absent.length > 0) problems.push(`its SBOM names ${absent.join(', ')}, which it does not hold`);
  return problems;
}

/** Everything of the repository that git knows or would take, with the same packages, somewhere else. */
export async function copyOfTree(root: string, signal: AbortSignal): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'ticketbottle-again-'));
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { verbatimSymlinks: true, force: true });
  }
  await run('cp', ['-a', join(root, 'node_modules'), join(copy, 'node_modules')], { signal });
  // As somebody would have cloned it whose umask is the strictest.
  await run('chmod', ['-R', 'go=', copy], { signal });
  return copy;
}

/** Builds the same images in `copy`, with a cache and a umask of its own, and gives the digest of each by name. */
export async function digestsAgain(
  copy: string,
  { names, registry, version, nodeImage }: Wanted,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const report = join(copy, 'out', 'again.json');
  const given = ['--only', names.join(','), '--registry', registry, '--version', version, '--node-image', nodeImage];
  const build = [process.execPath, join(copy, 'hack/images/main.ts'), ...given, '--no-import', '--digests', report];
  await run('sh', ['-c', 'umask 077 && exec "$@"', 'sh', ...build], {
    cwd: copy,
    env: { ...process.env, XDG_CACHE_HOME: join(copy, '.cache') },
    signal,
  });
  return new Map(Object.entries(JSON.parse(readFileSync(report, 'utf8')) as Record<string, string>));
}

export interface Wanted {
  readonly names: readonly string[];
  readonly registry: string;
  readonly version: string;
  readonly nodeImage: string;
}

/** The image as an OCI layout, looked at, and gone again. */
export async function factsOf(
  store: ImageStore,
  image: string,
  root: string,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const layout = mkdtempSync(join(tmpdir(), 'ticketbottle-oci-'));
  try {
    await store.push(image, `oci:${layout}:image`, signal);
    return await inspectImage(layout, root, signal);
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
}

export function writeVerdicts(file: string, verdicts: readonly Verdict[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const shown = verdicts.map(({ name, image, facts, again, problems }) => {
    const { listed: _listed, ...rest } = facts;
    return { name, image, ...rest, again, problems };
  });
  writeFileSync(file, `${JSON.stringify(shown, null, 2)}\n`);
}

const MB = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

export function tableOf(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ name, facts, problems }) =>
    [
      name.padEnd(10),
      MB(facts.compressedBytes).padStart(10),
      MB(facts.unpackedBytes).padStart(10),
      String(facts.packages.length).padStart(9),
      facts.user.padStart(10),
      ` ${facts.digest.slice(0, 19)}`,
      problems.length === 0 ? ' same again' : ` ✗ ${problems.join('; ')}`,
    ].join(''),
  );
  const head = `${'image'.padEnd(10)}${'compressed'.padStart(10)}${'unpacked'.padStart(10)}${'packages'.padStart(9)}${'user'.padStart(10)} digest`;
  return [head, ...lines].join('\n');
}
