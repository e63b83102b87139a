/** Names under which the daemons of the backing services are kept; one server may be two programs. */
export const BACKING_DAEMONS = ['postgres', 'redis', 'kafka', 'temporal', 'ministack', 'aws', 'providers'] as const;

export const OPTIONAL_DAEMONS = ['dynamodb-local'] as const;
