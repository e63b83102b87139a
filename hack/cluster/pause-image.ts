import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import { PAUSE_IMAGE } from './cluster-paths.ts';

/**
 * Makes the archive of the image that holds a pod's namespaces: one layer with one static program. Written by hand in the
 * format of `docker save`, which is three files, rather than through an image builder. Returns its path beside the program.
 */
export async function pauseImageArchive(pauseProgram: string, signal: AbortSignal): Promise<string> {
  const archive = join(dirname(pauseProgram), 'image.tar');
  if (existsSync(archive)) return archive;
  const work = mkdtempSync(join(tmpdir(), 'pause-image-'));
  try {
    mkdirSync(join(work, 'root'));
    copyFileSync(pauseProgram, join(work, 'root', 'pause'));
    chmodSync(join(work, 'root', 'pause'), 0o755);
    const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    await run('tar', ['-cf', join(work, 'layer.tar'), ...reproducible, '-C', join(work, 'root'), 'pause'], { signal });
    const layer = createHash('sha256')
      .update(readFileSync(join(work, 'layer.tar')))
      .digest('hex');
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/pause'], User: '65535:65535' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    };
    writeFileSync(join(work, 'config.json'), JSON.stringify(config));
    const manifest = [{ Config: 'config.json', RepoTags: [PAUSE_IMAGE], Layers: ['layer.tar'] }];
    writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
    const unfinished = `${archive}.${process.pid}`;
    await run('tar', ['-cf', unfinished, '-C', work, 'manifest.json', 'config.json', 'layer.tar'], { signal });
    renameSync(unfinished, archive);
    return archive;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
