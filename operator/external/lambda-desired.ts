import { shortHash } from './canonical-json.ts';
import type { CanaryLimits } from './lambda-canary.ts';
import type { RolloutQueries } from './rollout-queries.ts';

/** One function as the platform wants it. */
export interface DesiredFunction {
  readonly name: string;
  readonly description: string;
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
  readonly roleArn: string;
  readonly env: Readonly<Record<string, string>>;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** ARNs of layer versions, in order. */
  readonly layers: readonly string[];
  /** Where asynchronous events go that failed for good; undefined: nowhere. */
  readonly deadLetterArn: string | undefined;
  readonly bundle: Bundle;
  /** Undefined: no reservation. */
  readonly reservedConcurrency: number | undefined;
  /** On the alias; undefined: none. */
  readonly provisionedConcurrency: number | undefined;
  readonly steps: readonly number[];
  readonly intervalMs: number;
  readonly limits: CanaryLimits;
  /** Names of CloudWatch alarms, somebody else's, that stop a rollout. */
  readonly alarms?: readonly string[];
  /** What Prometheus is asked before each step, and while one bakes. */
  readonly analysis?: RolloutQueries | undefined;
  readonly pin?: string | undefined;
  readonly promote?: string | undefined;
  readonly abort?: string | undefined;
  /** `namespace/name` of the platform, kept as tag: a function of somebody else is never touched. */
  readonly owner: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Code, wherever it is. `codeSha256` is what AWS reports: base64 of a zip's SHA-256, hex of an image's. */
export type Bundle =
  | { readonly zip: Uint8Array; readonly codeSha256: string }
  | {
      readonly s3: { readonly bucket: string; readonly key: string; readonly objectVersion?: string | undefined };
      readonly codeSha256: string;
    }
  | { readonly imageUri: string; readonly codeSha256: string };

export const ALIAS = 'live';
export const OWNER_TAG = 'ticketbottle.io/platform';

/** What a published version consists of. Two versions with the same fingerprint behave the same. */
export function fingerprint(desired: DesiredFunction): string {
  return fingerprintOf(desired.bundle.codeSha256, configurationOf(desired));
}

export const fingerprintOf = (codeSha256: string, configuration: FunctionConfiguration): string =>
  shortHash([codeSha256, configuration]);

/** The part of the configuration that belongs to a version. */
export function configurationOf(desired: DesiredFunction): FunctionConfiguration {
  const image = 'imageUri' in desired.bundle;
  return {
    // An image brings its own runtime, entry point and layers.
    runtime: image ? '' : desired.runtime,
    handler: image ? '' : desired.handler,
    memoryMB: desired.memoryMB,
    timeoutSeconds: desired.timeoutSeconds,
    roleArn: desired.roleArn,
    env: desired.env,
    subnetIds: [...desired.subnetIds].sort(),
    securityGroupIds: [...desired.securityGroupIds].sort(),
    layers: image ? [] : desired.layers,
    deadLetterArn: desired.deadLetterArn ?? '',
    tracing: 'Active',
  };
}

export interface FunctionConfiguration {
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
  readonly roleArn: string;
  readonly env: Readonly<Record<string, string>>;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly layers: readonly string[];
  readonly deadLetterArn: string;
  readonly tracing: string;
}
