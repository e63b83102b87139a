import { BACKING_NAMES, type BackingName, type BackingPorts, LOCAL_PORTS } from '#runtime/local/backing.ts';
import { SetupError } from '#runtime/local/setup-error.ts';

/** What `up` starts unless told more. */
export const DEFAULT_NAMES = [
  'postgres',
  'redis',
  'kafka',
  'temporal',
  'aws',
  'providers',
] as const satisfies readonly BackingName[];

/** Reads `postgres,redis`. Throws SetupError naming what there is. */
export function parseWhich(text: string): BackingName[] {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !(BACKING_NAMES as readonly string[]).includes(name));
  if (names.length > 0 && unknown.length === 0) return names as BackingName[];
  throw new SetupError(
    `${unknown.length === 0 ? '--which is empty' : `There is no server "${unknown[0]}"`}; choose from ${BACKING_NAMES.join(', ')}`,
  );
}

/** Reads `postgres=15432` and the like. Throws SetupError naming what there is. */
export function parsePorts(texts: readonly string[]): Partial<BackingPorts> {
  const ports: Partial<Record<keyof BackingPorts, number>> = {};
  for (const text of texts) {
    const [name = '', number] = text.split('=');
    const port = Number(number);
    if (!(name in LOCAL_PORTS) || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new SetupError(`--port wants NAME=PORT, not "${text}"; names are ${Object.keys(LOCAL_PORTS).join(', ')}`);
    }
    ports[name as keyof BackingPorts] = port;
  }
  return ports;
}
