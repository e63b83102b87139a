import { shortHash } from './canonical-json.ts';

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
  readonly bundle: Bundle;
  /** Undefined: no reservation. */
  readonly reservedConcurrency: number | undefined;
  /** On the alias; undefined: none. */
  readonly provisionedConcurrency: number | undefined;
  readonly steps: readonly number[];
  readonly intervalMs: number;
  /** `namespace/name` of the platform, kept as tag: a function of somebody else is never touched. */
  readonly owner: string;
}

export interface Bundle {
  readonly zip: Uint8Array;
  /** Base64 of the SHA-256 of the zip, as AWS reports it. */
  readonly codeSha256: string;
}

export const ALIAS = 'live';
export const OWNER_TAG = 'ticketbottle.io/platform';

/** What a published version consists of. Two functions with the same fingerprint behave the same. */
export function fingerprint(desired: DesiredFunction): string {
  return shortHash([desired.bundle.codeSha256, configurationOf(desired)]);
}

/** The part of the configuration that belongs to a version. */
export function configurationOf(desired: DesiredFunction): FunctionConfiguration {
  return {
    runtime: desired.runtime,
    handler: desired.handler,
    memoryMB: desired.memoryMB,
    timeoutSeconds: desired.timeoutSeconds,
    roleArn: desired.roleArn,
    env: desired.env,
    subnetIds: [...desired.subnetIds].sort(),
    securityGroupIds: [...desired.securityGroupIds].sort(),
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
}
