import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '#runtime/local/command.ts';

/**
 * Packs images into one OCI archive in which layers they share are stored once. `exportTo` writes one image into an empty
 * directory as blobs named by their digest and a `manifest.json` (the `dir:` format of buildah); unlike its own OCI export
 * that does not compress, which takes longer than everything else when an image goes no further than this machine.
 */
export async function packImages(
  images: readonly string[],
  archive: string,
  exportTo: (image: string, directory: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const work = mkdtempSync(join(dirname(archive), 'oci-'));
  const layout = join(work, 'layout');
  const blobs = join(layout, 'blobs', 'sha256');
  try {
    mkdirSync(blobs, { recursive: true });
    const manifests = [];
    for (const image of images) {
      const exported = mkdtempSync(join(work, 'image-'));
      await exportTo(image, exported);
      for (const file of readdirSync(exported)) {
        if (/^[0-9a-f]{64}$/.test(file) && !existsSync(join(blobs, file)))
          renameSync(join(exported, file), join(blobs, file));
      }
      const manifest = readFileSync(join(exported, 'manifest.json'));
      const digest = createHash('sha256').update(manifest).digest('hex');
      writeFileSync(join(blobs, digest), manifest);
      rmSync(exported, { recursive: true });
      manifests.push({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${digest}`,
        size: manifest.length,
        // containerd takes the full name from its own annotation.
        annotations: { 'io.containerd.image.name': image },
      });
    }
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    await run('tar', ['-cf', archive, '-C', layout, '.'], { signal });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
