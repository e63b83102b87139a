/** AWS took a request for one too many: the same may be taken a little later. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  // By name first: SQS says RequestThrottled with 403, CloudWatch and IAM Throttling with 400, S3 SlowDown with 503.
  return THROTTLED.test(error.name) || $metadata?.httpStatusCode === 429;
}

const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded/;
