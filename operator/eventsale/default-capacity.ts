// `npm run bench -- capacity --write` writes this file. Do not edit: a platform says what it knows in capacityPerReplica.
// Measured 2026-11-29: a replica with a core of its own, busy for 70 % of it, in 5 rounds on
// AMD EPYC, 2 cores, 24 GiB, load before 6.7.
// node 24.21.0, valkey 7.2.4.
import type { ServiceName } from '#proto/names.ts';

/** Highest load of one replica within its objective, for a service whose platform says nothing; half of it is believed. */
export const DEFAULT_CAPACITY: Readonly<
  Partial<Record<ServiceName, { requestsPerSecond: number; streams?: number; hotRowPerSecond?: number }>>
> = {
  gateway: { requestsPerSecond: 3900, streams: 20000 },
  waitroom: { requestsPerSecond: 10000 },
  inventory: { requestsPerSecond: 4600, hotRowPerSecond: 3300 },
  order: { requestsPerSecond: 110 },
  payment: { requestsPerSecond: 120 },
};
