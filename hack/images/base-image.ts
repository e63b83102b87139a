import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import type { ImageStore } from './image-store.ts';
import { settleModes } from './modes.ts';

export const LOCAL_NODE_IMAGE = 'localhost/ticketbottle/node:24';

/** What a C program and Node expect to find; time zones are for the C library, Node carries its own. */
const HOST_FILES = ['/etc/ssl/certs/ca-certificates.crt', '/usr/share/zoneinfo'];
const PASSWD = 'root:x:0:0:root:/root:/sbin/nologin\nnode:x:1000:1000:node:/home/node:/sbin/nologin\n';

/**
 * Makes the base image without a registry, from the Node that package-lock.json pins and the libraries that it and the
 * native modules load. It stands in for node:24-bookworm-slim: same paths, same user `node` (1000), but no shell.
 */
export async function ensureLocalNodeImage(
  root: string,
  store: ImageStore,
  signal: AbortSignal,
): Promise<'built' | 'cached'> {
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  const platform = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;
  const native = join(root, 'node_modules', '@temporalio', 'core-bridge', 'releases', platform, 'index.node');
  const libraries = [
    ...new Set([...(await librariesOf(node, signal)), ...(await librariesOf(native, signal))]),
  ].toSorted();
  // By content, so that the same base has the same labels wherever it was made.
  const facts = ['node', ...libraries].map((path) => `${path} ${contentHash(path === 'node' ? node : path)}`);
  const hash = createHash('sha256')
    .update(facts.join('\n'))
    .update(readFileSync(import.meta.filename))
    .digest('hex');
  if (await store.isCurrent(LOCAL_NODE_IMAGE, hash)) return 'cached';

  const context = mkdtempSync(join(tmpdir(), 'node-image-'));
  try {
    const rootfs = join(context, 'rootfs');
    const place = (source: string, target: string) => {
      mkdirSync(dirname(join(rootfs, target)), { recursive: true });
      cpSync(source, join(rootfs, target), { recursive: true, dereference: true });
    };
    place(node, '/usr/local/bin/node');
    for (const path of [...libraries, ...HOST_FILES.filter((file) => existsSync(file))]) place(path, path);
    mkdirSync(join(rootfs, 'etc'), { recursive: true });
    writeFileSync(join(rootfs, 'etc/passwd'), PASSWD);
    writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
    writeFileSync(join(rootfs, 'etc/nsswitch.conf'), 'hosts: files dns\n');
    mkdirSync(join(rootfs, 'home/node'), { recursive: true });
    settleModes(rootfs);
    mkdirSync(join(rootfs, 'tmp'));
    chmodSync(join(rootfs, 'tmp'), 0o1777);
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM scratch\nCOPY rootfs/ /\nENV PATH=/usr/local/bin:/usr/bin:/bin\nCMD ["node"]\n',
    );
    await store.build(
      { image: LOCAL_NODE_IMAGE, hash, dockerfile: join(context, 'Dockerfile'), context, args: {} },
      signal,
    );
    return 'built';
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

const contentHash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Absolute paths of the shared libraries a program loads, the loader included. */
async function librariesOf(path: string, signal: AbortSignal): Promise<string[]> {
  if (!existsSync(path)) return [];
  const { stdout } = await run('ldd', [path], { signal });
  return stdout.split('\n').flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
