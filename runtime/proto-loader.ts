import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/**
 * One way to see proto messages in the whole project: camelCase fields, int64 as decimal strings (convert with int64.ts
 * or money.ts), enums as their names, defaults filled in, oneofs named.
 */
const LOADER_OPTIONS = { keepCase: false, longs: String, enums: String, defaults: true, oneofs: true } as const;

/**
 * The definition of one service, e.g. `loadService<InventoryServiceDefinition>(root, 'ticketbottle/inventory/v1/inventory.proto',
 * 'ticketbottle.inventory.v1.InventoryService')`. `root` is the folder that holds `proto/`. A bigint in an outgoing
 * message is written as int64; without that the codec would silently write zero.
 */
export function loadService<D extends object = ServiceDefinition>(
  root: string,
  file: string,
  serviceName: string,
): D & ServiceDefinition {
  const loaded = loadSync(file, { ...LOADER_OPTIONS, includeDirs: [join(root, 'proto')] });
  const service = loaded[serviceName];
  if (service === undefined || 'format' in service) {
    throw new Error(`${file} has no service ${serviceName}; it has ${Object.keys(loaded).join(', ')}`);
  }
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    {
      ...method,
      requestSerialize: (message: object) => method.requestSerialize(withoutBigints(message) as object),
      responseSerialize: (message: object) => method.responseSerialize(withoutBigints(message) as object),
    },
  ]);
  // proto-loader builds exactly the methods of the file, from which D was generated too.
  return Object.fromEntries(methods) as D & ServiceDefinition;
}

/**
 * The folder that holds `proto/`: `override` (TICKETBOTTLE_ROOT, read by main.ts) or the nearest one above `start`
 * (`import.meta.dirname` of main.ts, which differs between source tree and bundle).
 */
export function repoRoot(start: string, override?: string): string {
  if (override) {
    if (!existsSync(join(override, 'proto')))
      throw new Error(`TICKETBOTTLE_ROOT is ${override}, but there is no proto/ in it`);
    return override;
  }
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'proto', 'ticketbottle'))) return folder;
    if (folder === dirname(folder))
      throw new Error(`no proto/ at or above ${start}: set TICKETBOTTLE_ROOT to the folder that holds it`);
  }
}

/** Full name of a service, from its first method's path `/package.Service/Method`. */
export function serviceNameOf(definition: ServiceDefinition): string {
  const [first] = Object.values(definition);
  const name = first?.path.split('/')[1];
  if (name === undefined) throw new Error('a service without methods has no name');
  return name;
}

function withoutBigints(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (!holdsBigint(value)) return value;
  if (Array.isArray(value)) return value.map(withoutBigints);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutBigints(inner)]));
}

function holdsBigint(value: unknown): boolean {
  if (typeof value === 'bigint') return true;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  for (const key in value) if (holdsBigint((value as Record<string, unknown>)[key])) return true;
  return false;
}
