import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { placeOf, programsIn } from '#hack/images/programs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SKIPPED = new Set(['node_modules', '.git', 'out', 'gen']);
/** Folders whose paths are named in commands. */
const FOLDERS = ['config', 'charts', 'crds', 'docs', 'hack', 'lambda-bundles', 'operator', 'services', 'test', '.ci'];

function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesOf(path, ending);
    return ending.test(entry.name) ? [path] : [];
  });
}
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** A line that people or CI are told to type, and where. */
interface Command {
  readonly where: string;
  readonly words: readonly string[];
}

/** As a shell would cut it, without comments; quoted words stay one. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/'[^']*'|"[^"]*"|[^\s'"]+/g)].map(([word]) => word);
  const comment = words.findIndex((word) => word.startsWith('#'));
  return (comment === -1 ? words : words.slice(0, comment)).map((word) => word.replaceAll(/^['"]|['"]$/g, ''));
}

/** Lines of blocks, with their continuations, and code within the text. */
function commandsOfPage(path: string): Command[] {
  const text = readFileSync(path, 'utf8').replaceAll('\\|', '|');
  const fenced = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)];
  const blocks = fenced.flatMap(([, language, block = '']) => (/^(sh)?$/.test(language ?? '') ? [block] : []));
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const lines = [...blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n')), ...inline];
  return lines.map((line) => ({ where: relative(ROOT, path), words: wordsOf(line.replaceAll(/\s*\n\s*/g, ' ')) }));
}

/** What comments of a manifest tell to type. */
function commandsOfManifest(path: string): Command[] {
  const comments = readFileSync(path, 'utf8').matchAll(/^\s*#\s+((?:kubectl|helm|npm) .*)$/gm);
  return [...comments].map(([, line = '']) => ({ where: relative(ROOT, path), words: wordsOf(line) }));
}

/** What jobs of a workflow run. */
function commandsOfWorkflow(path: string): Command[] {
  const text = readFileSync(path, 'utf8').replaceAll(/\\\n\s*/g, ' ');
  const lines = text.split('\n').map((line) => line.replace(/^\s*(- )?run: \|?/, ''));
  return lines.map((line) => ({ where: relative(ROOT, path), words: wordsOf(line) }));
}

/** The folder whose program a script starts; its texts say which options there are. */
function programOf(script: string): { readonly folder: string; readonly text: string } | undefined {
  const entry = /bootstrap\.mjs (hack\/\S+)\/main\.ts/.exec(scripts[script] ?? '')?.[1];
  if (entry === undefined) return undefined;
  const text = filesOf(join(ROOT, entry), /\.ts$/)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  return { folder: entry, text };
}

const TITLES = FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) => filesOf(join(ROOT, folder), /\.test\.ts$/))
  .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/\b(?:describe|it)\(\s*(['"`])(.*?)\1/g)])
  .map(([, , title = '']) => title);

/** Values that the chart has, `a.b` by `a.b`. */
const VALUES = (() => {
  const paths = new Set<string>();
  const walk = (node: unknown, path: string) => {
    paths.add(path);
    if (node !== null && typeof node === 'object' && !Array.isArray(node))
      for (const [name, below] of Object.entries(node)) walk(below, path === '' ? name : `${path}.${name}`);
  };
  walk(parse(read('charts/ticketbottle-operator/values.yaml')), '');
  return paths;
})();

/** Values of the chart that are set and that it does not have. */
function wrongWithHelm(words: readonly string[]): string[] {
  if (words[0] !== 'helm') return [];
  const set = words.flatMap((word, at) => (/^--set(-json|-string)?$/.test(words[at - 1] ?? '') ? [word] : []));
  const names = set.map((word) => word.split('=')[0] ?? '').map((name) => name.replace(/\[.*$/, ''));
  return names.filter((name) => !VALUES.has(name)).map((name) => `the chart has no value ${name}`);
}

/** What is wrong with `npm run SCRIPT -- ARGUMENTS` and `npm test -- ARGUMENTS`. */
function wrongWithNpm(words: readonly string[]): string[] {
  const at = words.indexOf('npm');
  if (at === -1 || !['run', 'test'].includes(words[at + 1] ?? '')) return [];
  const after = words.slice(at + 1).filter((word) => word !== '--silent');
  const [script = '', ...rest] = after[0] === 'test' ? after : after.slice(1);
  if (!/^[a-z][a-z:-]*$/.test(script)) return [];
  if (scripts[script] === undefined) return [`there is no script ${script}`];
  const program = programOf(script);
  if (program === undefined || rest[0] !== '--') return [];
  const given = rest.slice(1).map((word) => word.replace(/^\[|\]$/g, ''));
  const end = given.findIndex((word) => /^[|;&>]/.test(word));
  const args = end === -1 ? given : given.slice(0, end);
  const problems: string[] = [];
  // What follows is an option of kubectl.
  const kubectl = args.indexOf('kubectl');
  for (const word of kubectl === -1 ? args : args.slice(0, kubectl))
    if (word.startsWith('--') && !new RegExp(`(^|[^-\\w])${word}\\b`).test(program.text.replaceAll('`', ' ')))
      problems.push(`${script} has no option ${word}`);
  const grep = args.indexOf('--grep');
  const titled = args[grep + 1] ?? '';
  if (grep !== -1 && titled !== 'TEXT' && !TITLES.some((title) => title.includes(titled)))
    problems.push(`no test is called ${titled}`);
  const area = args[args.indexOf('--area') + 1] ?? '';
  if (args.includes('--area') && area !== 'NAME' && !existsSync(join(ROOT, 'test/integration', area)))
    problems.push(`there is no area ${area}`);
  const [name = ''] = args;
  if (script === 'bench' && /^[a-z]/.test(name) && name !== 'docs' && !existsSync(join(ROOT, 'hack/bench', name)))
    problems.push(`there is no benchmark ${name}`);
  if (script === 'faults' && /^[a-z]/.test(name) && !new RegExp(`'${name}'`).test(program.text))
    problems.push(`there is no fault ${name}`);
  return problems;
}

/** Where `kubectl exec` starts something: programs of our images. */
const IN_IMAGES = programsIn(ROOT).flatMap((program) =>
  ['main', ...Object.keys(program.commands ?? {})].map((name) => `${placeOf(program)}/${name}.js`),
);

/** Files of this repository, or of our images, that a command names. Whoever types it stands in the clone. */
function missingFiles(words: readonly string[]): string[] {
  const inPod = words[0] === 'kubectl' && words[1] === 'exec';
  return words
    .flatMap((word) => word.split(/[=:<>()]/))
    .filter((word) => new RegExp(`^(\\./)?(${FOLDERS.join('|').replaceAll('.', '\\.')})/[\\w./-]*$`).test(word))
    .filter((word) => (inPod ? !IN_IMAGES.includes(word) : !existsSync(join(ROOT, word))))
    .map((word) => `there is no ${word}`);
}

describe('commands that people are told to type', () => {
  const pages = filesOf(ROOT, /\.md$/).flatMap(commandsOfPage);
  const workflows = filesOf(join(ROOT, '.github/workflows'), /\.yaml$/).flatMap(commandsOfWorkflow);
  const manifests = ['config', 'charts'].flatMap((folder) =>
    filesOf(join(ROOT, folder), /\.yaml$/).flatMap(commandsOfManifest),
  );
  const all = [...pages, ...manifests, ...workflows];
  const problemsBy = (judge: (words: readonly string[]) => string[]) =>
    all.flatMap(({ where, words }) => judge(words).map((problem) => `${where}: ${words.join(' ')}: ${problem}`));

  it('start scripts that exist, with options, benchmarks, faults and tests that they have', () => {
    assert.ok(all.filter(({ words }) => words.includes('npm')).length > 60);
    assert.deepEqual(problemsBy(wrongWithNpm), []);
  });

  it('name files that exist', () => {
    const programs = ['kubectl', 'helm', 'npm', 'sed', 'cp', 'node', 'diff'];
    assert.deepEqual(
      problemsBy((words) => (programs.includes(words[0] ?? '') ? missingFiles(words) : [])),
      [],
    );
  });

  it('set values that the chart has', () => {
    assert.ok(all.some(({ words }) => words[0] === 'helm' && words.includes('--set')));
    assert.deepEqual(problemsBy(wrongWithHelm), []);
  });

  it('are seen when they are wrong', () => {
    for (const wrong of [
      'npm run demos -- --keep',
      'npm run demo -- --kept',
      'npm test -- --grep "no test has this"',
      'npm run bench -- nothing',
      'npm run faults -- nothing',
    ])
      assert.equal(wrongWithNpm(wordsOf(wrong)).length, 1, wrong);
    assert.deepEqual(missingFiles(wordsOf('kubectl apply -k config/defaults')), ['there is no config/defaults']);
    assert.deepEqual(missingFiles(wordsOf('kubectl exec pod -- node operator/x.js')), ['there is no operator/x.js']);
    assert.deepEqual(wrongWithHelm(wordsOf("helm install x --set 'image.registri=a'")), [
      'the chart has no value image.registri',
    ]);
  });
});

describe('workflows', () => {
  const ci = read('.github/workflows/ci.yaml');

  it('run what CI runs, and scan every image that they push', () => {
    assert.match(ci, /run: sudo .*bash \.ci\/run$/m);
    const scanned = /name: \[([^\]]+)\]/.exec(ci)?.[1]?.split(', ');
    assert.deepEqual(
      scanned?.toSorted(),
      programsIn(ROOT)
        .map(({ name }) => name)
        .toSorted(),
    );
  });
});
