// `npm run bench -- capacity --write` writes this file. Do not edit: a platform says what it knows in capacityPerReplica.
// Not measured yet: gateway, waitroom, order and payment are those of the published vectors in capacity.test.ts, the hot row is
// what `npm run bench -- reserve` came to.
import type { ServiceName } from '#proto/names.ts';

/** Highest load of one replica within its objective, for a service whose platform says nothing; half of it is believed. */
export const DEFAULT_CAPACITY: Readonly<
  Partial<Record<ServiceName, { requestsPerSecond: number; streams?: number; hotRowPerSecond?: number }>>
> = {
  gateway: { requestsPerSecond: 1500, streams: 20000 },
  waitroom: { requestsPerSecond: 3000 },
  inventory: { requestsPerSecond: 1000, hotRowPerSecond: 950 },
  order: { requestsPerSecond: 150 },
  payment: { requestsPerSecond: 150 },
};
