import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from './command.ts';

/** What the operator's image holds below /app, from the root of the repository. */
export const CONTENT = 'out/images/operator/app';

/** Puts it there. */
export async function layOutOperator(root: string, signal: AbortSignal): Promise<void> {
  await run(process.execPath, [join(root, 'hack/images/main.ts'), '--only', 'operator', '--lay-out'], {
    cwd: root,
    signal,
  });
}

/** The environment that the image sets. */
export function environmentInItsPod(root: string): Record<string, string> {
  const dockerfile = readFileSync(join(root, 'Dockerfile.operator'), 'utf8');
  const [, settings = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
  return Object.fromEntries(settings.split(' ').map((setting) => setting.split(/=(.*)/s).slice(0, 2)));
}

/**
 * Arguments of Node as in the operator's pod: those of the image, and the heap that Node chooses where memory is limited, half of it.
 * A machine has more, and V8 collects the later the more there is.
 */
export function argumentsInItsPod(root: string): string[] {
  const dockerfile = readFileSync(join(root, 'Dockerfile.operator'), 'utf8');
  const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]');
  const deployment = parse(readFileSync(join(root, 'config/manager/deployment.yaml'), 'utf8'));
  const limit: string = deployment.spec.template.spec.containers[0].resources.limits.memory;
  const megabytes = /^(\d+)Mi$/.exec(limit)?.[1];
  if (megabytes === undefined) throw new Error(`config/manager/deployment.yaml: limits.memory is ${limit}, not in Mi`);
  // Between `node` and the program.
  return [...entrypoint.slice(1, -1), `--max-old-space-size=${Number(megabytes) / 2}`];
}
