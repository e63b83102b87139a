import { isThrottled } from '#runtime/aws-throttling.ts';

/** Whether AWS answered with one of these error names (`ResourceNotFoundException`, `NoSuchEntityException`, ...). */
export function isAwsError(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** The value, or undefined when AWS says that the thing does not exist. */
export async function absent<T>(promise: Promise<T>, ...names: string[]): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isAwsError(error, ...NOT_FOUND, ...names)) return undefined;
    throw error;
  }
}

const NOT_FOUND = [
  'ResourceNotFoundException',
  'NotFoundException',
  'NoSuchEntity',
  'NoSuchEntityException',
  'NoSuchBucket',
  'NotFound',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
];

export type AwsErrorClass = 'unreachable' | 'denied' | 'later' | 'refused' | 'unknown';

/**
 * What a failed call means for the object that asked for it.
 * `later`: AWS is still busy with our previous request, somebody else was faster, we asked too often even for the SDK's own
 * retries, or a new role is not known everywhere yet.
 */
export function classifyAwsError(error: unknown): AwsErrorClass {
  if (!(error instanceof Error)) return 'unknown';
  if (
    [
      'ResourceConflictException',
      'ConflictException',
      'OperationAborted',
      'ResourceInUseException',
      'PreconditionFailedException',
    ].includes(error.name)
  )
    return 'later';
  // Before the status: services throttle with 400, 403 and 503 as well.
  if (isThrottled(error)) return 'later';
  if (
    /role defined for the function cannot be assumed|cannot assume role|unable to assume|assume the role|execution role does not have permissions/i.test(
      error.message,
    )
  )
    return 'later';
  if (
    /AccessDenied|Unauthorized|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|CredentialsProvider/.test(
      error.name,
    )
  )
    return 'denied';
  const status = statusOf(error);
  if (status === undefined)
    return /ECONN|ENOTFOUND|EAI_AGAIN|Timeout|socket/i.test(`${error.name} ${error.message} ${codeOf(error)}`)
      ? 'unreachable'
      : 'unknown';
  if (status === 401 || status === 403) return 'denied';
  return status >= 500 ? 'unreachable' : 'refused';
}

const statusOf = (error: Error): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

function codeOf(error: Error): string {
  return String((error as { code?: unknown }).code ?? '');
}
