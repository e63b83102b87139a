import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { OPS_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import type { LogLevel } from '#runtime/log.ts';

/** What the operator's environment says. */
export interface OperatorConfig {
  /** Namespaces to watch; empty for all. */
  readonly watchNamespaces: readonly string[];
  /** Where the Lease lives. */
  readonly podNamespace: string;
  readonly podName: string;
  readonly leaderElect: boolean;
  readonly logLevel: LogLevel;
  /** Folder under which proto/ and services/<x>/migrations/ are found. */
  readonly root: string;
  /** Folder of the function zips, `<function>.zip`. */
  readonly lambdaDir: string;
  readonly opsPort: number;
  readonly version: string;
  /** Kubeconfig to use; undefined for the default one or, inside a pod, the service account. */
  readonly kubeconfig: string | undefined;
  /** How often every mirror is compared with the API server, ms; the reflector's own default unless given. */
  readonly relistMs?: number | undefined;
}

/** Throws ConfigError with every problem at once. */
export function readConfig(env: Environment): OperatorConfig {
  return parseEnv(env, (read) => {
    const root = resolve(read.string('TICKETBOTTLE_ROOT', join(import.meta.dirname, '..')));
    return {
      watchNamespaces: read.list('WATCH_NAMESPACES', []),
      podNamespace: read.string('POD_NAMESPACE', 'ticketbottle-system'),
      podName: read.string('POD_NAME', hostname()),
      leaderElect: read.bool('LEADER_ELECT', true),
      logLevel: read.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error'], 'info'),
      root,
      lambdaDir: resolve(read.string('TICKETBOTTLE_LAMBDA_DIR', join(root, 'lambda-bundles'))),
      opsPort: read.int('OPS_PORT', { default: OPS_PORT, min: 0, max: 65_535 }),
      version: read.string('TB_VERSION', '1.0.0'),
      kubeconfig: read.optional('KUBECONFIG'),
      relistMs: 1_000 * read.int('RELIST_SECONDS', { default: 600, min: 10, max: 86_400 }),
    };
  });
}
