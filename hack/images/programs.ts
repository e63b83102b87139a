import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program that gets an image of its own. */
export interface ImageProgram {
  /** Last part of the image's name. */
  readonly name: string;
  /** Its main.ts, relative to the repository. */
  readonly entry: string;
  readonly dockerfile: string;
  /** Commands that lie beside it, by name. */
  readonly commands?: Readonly<Record<string, string>>;
}

/** The operator and every service that has a main.ts. */
export function programsIn(root: string): ImageProgram[] {
  const operator = {
    name: 'operator',
    entry: 'operator/main.ts',
    dockerfile: 'Dockerfile.operator',
    commands: { replay: 'hack/replay/main.ts', 'rotate-key': 'hack/rotate-key/main.ts' },
  };
  const services = existsSync(join(root, 'services'))
    ? readdirSync(join(root, 'services'))
        .toSorted()
        .map((name) => serviceProgram(name, `services/${name}/main.ts`))
    : [];
  return [operator, ...services].filter(({ entry }) => existsSync(join(root, entry)));
}

/** Any program with a main.ts, laid out like a service: `/app/services/<name>/main.js`. */
export function serviceProgram(name: string, entry: string): ImageProgram {
  return { name, entry, dockerfile: 'services/Dockerfile' };
}

/** Where the program lies in its image, below /app. */
export function placeOf(program: ImageProgram): string {
  return program.name === 'operator' ? 'operator' : `services/${program.name}`;
}

/** Workflow code of a program, bundled beside it as workflow-bundle.js; undefined when it has none. */
export function workflowsOf(root: string, program: ImageProgram): string | undefined {
  const folder = dirname(join(root, program.entry));
  return [
    join(folder, 'workflows.ts'),
    join(folder, 'workflows', 'index.ts'),
    join(folder, 'workflows', 'workflows.ts'),
  ].find((path) => existsSync(path));
}
