import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';

/** Remembers which areas of the integration tests passed on exactly these files. */
export interface PassedBefore {
  /** How many tests passed; undefined when this area was never green with these files. */
  look(area: string): number | undefined;
  keep(area: string, passed: number): void;
}

const AREA_TEST = /^test\/integration\/([^/]+)\/.*\.test\.ts$/;

/** What an area depends on: every file of the project but the tests of other areas. Sorted. */
export function filesOf(area: string, files: readonly string[]): string[] {
  return files.filter((file) => (AREA_TEST.exec(file)?.[1] ?? area) === area).sort();
}

/**
 * A memory in `folder` for the files that git tracks or would track below `root`. `kind` tells runs of different tests
 * apart. Coarse on purpose: tests start programs by their path, so that imports do not tell what a test depends on.
 */
export function passedBefore(root: string, folder: string, kind: string): PassedBefore {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const hashes = new Map(
    [...new Set(listed.split('\0'))]
      .filter((file) => file !== '' && existsSync(join(root, file)))
      .map((file) => [file, sha256(readFileSync(join(root, file)))]),
  );
  const place = (area: string) => {
    const lines = filesOf(area, [...hashes.keys()]).map((file) => `${hashes.get(file)} ${file}`);
    const hash = sha256([process.version, platform(), arch(), kind, ...lines].join('\n'));
    return join(folder, `${area}-${hash.slice(0, 24)}`);
  };
  // Before the run: a file that is edited meanwhile was not tested.
  const places = new Map<string, string>();
  const placeOf = (area: string) => {
    const known = places.get(area) ?? place(area);
    places.set(area, known);
    return known;
  };
  return {
    look(area) {
      const file = placeOf(area);
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
    },
    keep(area, passed) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(placeOf(area), String(passed));
    },
  };
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
