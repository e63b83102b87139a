import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import type { ImageStore } from './image-store.ts';

/** Brings images into the local node, except those it already has in the same state. Returns what was brought. */
export async function importIntoNode(
  layout: LocalLayout,
  store: ImageStore,
  images: readonly { readonly image: string; readonly hash: string }[],
  signal: AbortSignal,
): Promise<string[]> {
  const ctr = ['--address', layout.containerdSocket, '--namespace', 'k8s.io', 'images'];
  const { stdout } = await run('ctr', [...ctr, 'list'], { signal });
  const has = (image: string, hash: string) =>
    stdout.split('\n').some((line) => line.startsWith(`${image} `) && line.includes(`${IMPORTED}=${hash}`));
  const missing = images.filter(({ image, hash }) => !has(image, hash));
  if (missing.length === 0) return [];
  const names = missing.map(({ image }) => image);
  mkdirSync(layout.home, { recursive: true });
  const archive = join(layout.home, 'images.tar');
  try {
    await store.archive(names, archive, signal);
    await run('ctr', [...ctr, 'import', '--snapshotter', 'overlayfs', archive], { signal });
    // kubelet reads this label through no interface; it is ours, to know what was imported.
    for (const { image, hash } of missing)
      await run('ctr', [...ctr, 'label', image, `${IMPORTED}=${hash}`], { signal });
  } finally {
    rmSync(archive, { force: true });
  }
  return names;
}

const IMPORTED = 'ticketbottle.inputs';
