/** What a Dockerfile says about running its image, for a node that has no images. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  /** Where it copies its content: the working folder at its first COPY. */
  readonly contentDir: string;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** Reads the instructions that this project's Dockerfiles use; `args` are the build arguments. */
export function readDockerfile(text: string, args: Readonly<Record<string, string>>): ImageConfig {
  const variables: Record<string, string> = {};
  const expand = (value: string) =>
    value.replaceAll(
      /\$\{(\w+)\}|\$(\w+)/g,
      (_, braced?: string, plain?: string) => variables[braced ?? plain ?? ''] ?? '',
    );
  const env: Record<string, string> = {};
  let workingDir = '/';
  let contentDir: string | undefined;
  let entrypoint: string[] = [];
  let command: string[] = [];
  for (const line of text.replaceAll(/\\\n\s*/g, ' ').split('\n')) {
    const [, instruction = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    switch (instruction.toUpperCase()) {
      case 'ARG': {
        const [name = '', value = ''] = rest.split('=');
        variables[name] = args[name] ?? value;
        break;
      }
      case 'ENV':
        for (const pair of expand(rest).split(/\s+/)) {
          const [name = '', ...value] = pair.split('=');
          env[name] = value.join('=').replaceAll('"', '');
        }
        break;
      case 'WORKDIR':
        workingDir = expand(rest);
        break;
      case 'COPY':
        contentDir ??= workingDir;
        break;
      case 'ENTRYPOINT':
        entrypoint = JSON.parse(expand(rest)) as string[];
        break;
      case 'CMD':
        command = JSON.parse(expand(rest)) as string[];
        break;
      default: // FROM, LABEL, USER and comments say nothing to processes of this machine.
    }
  }
  return { env, contentDir: contentDir ?? workingDir, workingDir, entrypoint, command };
}
