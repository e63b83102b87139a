/** Names under which the daemons of the backing services are kept; one server may be two programs. */
export const BACKING_DAEMONS = ['postgres', 'redis', 'kafka', 'temporal', 'ministack', 'aws', 'providers'] as const;

/** `temporal-front` belongs to the process node. */
export const OPTIONAL_DAEMONS = ['dynamodb-local', 'temporal-front'] as const;
