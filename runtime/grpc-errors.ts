import { type ServiceError as GrpcError, Metadata, status } from '@grpc/grpc-js';
import { asServiceError, type ErrorCode, type ErrorDetails, publicMessage, ServiceError } from './errors.ts';

export const REASON_KEY = 'tb-reason';
export const DETAILS_KEY = 'tb-details';
export const RETRYABLE_KEY = 'tb-retryable';
/** Headers are limited to 8 KB by default in many proxies; details are an extra, so they give way. */
const MAX_DETAILS_BYTES = 4096;

/** What grpc-js takes as the outcome of a failed call. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

const UNANSWERED: Partial<Record<ErrorCode, string>> = {
  DEADLINE_EXCEEDED: 'the service did not answer in time',
  UNAVAILABLE: 'the service cannot be reached at the moment',
};

/** Any thrown value as a gRPC status; reason, details and retryable travel in trailing metadata. Leaks nothing internal. */
export function toGrpcStatus(error: unknown, metadata: Metadata = new Metadata()): GrpcStatus {
  const known = asServiceError(error);
  metadata.set(REASON_KEY, known.reason);
  metadata.set(RETRYABLE_KEY, String(known.retryable));
  if (known.details !== undefined && known.code !== 'INTERNAL') {
    const json = asciiJson(known.details);
    if (json.length <= MAX_DETAILS_BYTES) metadata.set(DETAILS_KEY, json);
  }
  return { code: status[known.code], details: publicMessage(known), metadata };
}

/** Name of a gRPC status code for logs and metrics, OK included. */
export function grpcCodeName(code: number): string {
  return status[code] ?? 'UNKNOWN';
}

/** A failed call as its caller sees it: reason and details as the server gave them, else the name of the code. */
export function fromGrpcError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (!isGrpcError(error)) return asServiceError(error);
  const cut = cutOff(error);
  const code = cut ? 'UNAVAILABLE' : errorCodeOf(error.code);
  const told = firstText(error.metadata, REASON_KEY);
  const reason = told ?? (cut ? 'CONNECTION_LOST' : grpcCodeName(error.code));
  const retryable = firstText(error.metadata, RETRYABLE_KEY);
  // Without a reason nobody answered: the words are grpc-js's own, with addresses of pods in them. The cause keeps them for logs.
  const unanswered = told === undefined ? UNANSWERED[code] : undefined;
  return new ServiceError(code, reason, unanswered ?? error.details, {
    details: parseDetails(firstText(error.metadata, DETAILS_KEY)),
    cause: error,
    ...(retryable === undefined ? {} : { retryable: retryable === 'true' }),
  });
}

/**
 * The connection ended under the call, as when a server closes an old one or goes away: grpc-js calls that INTERNAL, but
 * nobody has judged the call.
 */
function cutOff(error: { readonly code: status; readonly details: string }): boolean {
  return error.code === status.INTERNAL && /^Received RST_STREAM with code (0|2|7|8)\b/.test(error.details);
}

function errorCodeOf(code: status): ErrorCode {
  switch (code) {
    case status.OK:
    case status.UNKNOWN:
    case status.UNIMPLEMENTED:
    case status.DATA_LOSS:
      return 'INTERNAL';
    case status.OUT_OF_RANGE:
      return 'INVALID_ARGUMENT';
    default:
      return status[code] as ErrorCode;
  }
}

function isGrpcError(error: unknown): error is GrpcError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

function firstText(metadata: Metadata | undefined, key: string): string | undefined {
  const [value] = metadata?.get(key) ?? [];
  return typeof value === 'string' ? value : undefined;
}

function parseDetails(text: string | undefined): ErrorDetails | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as ErrorDetails) : undefined;
  } catch {
    return undefined;
  }
}

/** Metadata values must be printable ASCII; JSON can say everything in it. */
function asciiJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
  return json.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
