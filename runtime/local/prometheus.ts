import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from './command.ts';
import { SetupError } from './setup-error.ts';

export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/**
 * Prometheus and promtool out of the distribution's package, unpacked into the cache and not installed: an installed one would
 * start a server. Throws SetupError saying what to type when the package cannot be had.
 */
export async function prometheusPrograms(cache: string, signal?: AbortSignal): Promise<PrometheusPrograms> {
  const home = join(cache, 'prometheus');
  const programs = { prometheus: join(home, 'usr/bin/prometheus'), promtool: join(home, 'usr/bin/promtool') };
  if (existsSync(programs.promtool)) return programs;
  const work = `${home}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  const options = { cwd: work, env: { LC_ALL: 'C' }, ...(signal === undefined ? {} : { signal }) };
  const download = () => run('apt-get', ['download', 'prometheus'], options);
  try {
    try {
      await download();
    } catch (first) {
      if (!(first instanceof CommandError)) throw first;
      // A fresh machine has no package lists yet.
      await run('apt-get', ['update'], options);
      await download();
    }
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
    await run('dpkg', ['-x', archive ?? '', 'unpacked'], options);
    rmSync(home, { recursive: true, force: true });
    renameSync(join(work, 'unpacked'), home);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new SetupError('promtool could not be fetched; type: apt-get update && apt-get download prometheus', {
      cause,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return programs;
}
