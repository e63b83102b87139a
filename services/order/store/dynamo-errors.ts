import { type ServiceError, unavailable } from '#runtime/errors.ts';

const BUSY = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
  'TransactionConflictException',
  'TimeoutError',
]);

/** For `mapError`: what the SDK throws after its own retries. */
export function dynamoServiceError(error: unknown): ServiceError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!BUSY.has(error.name) && !/^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|HOSTUNREACH)/.test(code)) return undefined;
  return unavailable('ORDERS_UNAVAILABLE', 'the orders table cannot be reached', { cause: error });
}
