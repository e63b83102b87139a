import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const SKIPPED = new Set(['node_modules', '.git', 'out', 'gen']);

/** Every page of the repository. */
function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : pages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** As GitHub makes anchors from headings; the same heading again gets a number. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const text = readFileSync(page, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const headings = [...text.matchAll(/^#+ +(.+?) *$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) => {
      const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

function brokenLinks(page: string): string[] {
  const text = readFileSync(page, 'utf8')
    .replaceAll(/```[\s\S]*?```/g, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : resolve(dirname(page), path);
    if (!existsSync(target)) return [`${link}: there is no such file`];
    if (anchor === undefined || statSync(target).isDirectory()) return [];
    return anchorsOf(target).has(anchor) ? [] : [`${link}: there is no such heading`];
  });
}

describe('documentation', () => {
  const all = pages(ROOT);

  it('links only to files and headings that exist', () => {
    const broken = all.flatMap((page) => brokenLinks(page).map((link) => `${relative(ROOT, page)} → ${link}`));
    assert.deepEqual(broken, []);
  });

  it('has an index that leads to every page of docs/', () => {
    const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
    const linked = new Set([...index.matchAll(/\]\(([^)#\s]+)/g)].map(([, path = '']) => resolve(ROOT, 'docs', path)));
    const top = all.filter((page) => dirname(page) === join(ROOT, 'docs') && !page.endsWith('README.md'));
    const reference = all.filter((page) => dirname(page) === join(ROOT, 'docs/reference'));
    assert.deepEqual(
      [...top, ...reference].filter((page) => !linked.has(page)).map((page) => relative(ROOT, page)),
      [],
    );
  });
});
