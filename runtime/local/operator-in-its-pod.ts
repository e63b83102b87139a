import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from './command.ts';
import { readDockerfile } from './dockerfile.ts';

/** What the operator's image holds below /app, from the root of the repository. */
const CONTENT = 'out/images/operator/app';

/** Puts it there. */
export async function layOutOperator(root: string, signal: AbortSignal): Promise<void> {
  await run(process.execPath, [join(root, 'hack/images/main.ts'), '--only', 'operator', '--lay-out'], {
    cwd: root,
    signal,
  });
}

export interface OperatorProgram {
  /** From the root of the repository. */
  readonly file: string;
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The operator as its pod runs it: what layOutOperator has put there, with arguments and environment of the image, and the heap
 * that Node chooses where memory is limited, half of it. A machine has more, and V8 collects the later the more there is.
 */
export function operatorInItsPod(root: string): OperatorProgram {
  const { entrypoint, env } = readDockerfile(readFileSync(join(root, 'Dockerfile.operator'), 'utf8'), {});
  const deployment = parse(readFileSync(join(root, 'config/manager/deployment.yaml'), 'utf8'));
  const limit: string = deployment.spec.template.spec.containers[0].resources.limits.memory;
  const megabytes = /^(\d+)Mi$/.exec(limit)?.[1];
  if (megabytes === undefined) throw new Error(`config/manager/deployment.yaml: limits.memory is ${limit}, not in Mi`);
  return {
    file: `${CONTENT}/operator/main.js`,
    // Between `node` and the program.
    nodeArgs: [...entrypoint.slice(1, -1), `--max-old-space-size=${Number(megabytes) / 2}`],
    env: { ...env, TICKETBOTTLE_ROOT: join(root, CONTENT) },
  };
}
