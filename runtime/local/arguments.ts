import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * `parseArgs` for a tool that a person starts. `--help` prints the usage and ends with 0; what it cannot read becomes one
 * sentence above the usage, and ends with 2.
 */
export function argumentsOrUsage<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`✗ ${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
