import type { Clock } from '#runtime/clock.ts';
import { counter, histogram, type Registry } from '#runtime/metrics.ts';
import { conditionOf, PLATFORM_CONCERNS } from '../api/conditions.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { PlatformStatus } from './pass.ts';

export interface LifetimeMeters {
  /** Somebody changed something; it lived for at most so long, as the look before had found nothing, if that is known. */
  drifted(concern: string, livedMs: number | undefined): void;
  /** A status that is about to be written: counts how long a platform took that was made while this process runs. */
  written(platform: TicketBottlePlatform, status: PlatformStatus): void;
  deleted(platform: TicketBottlePlatform): void;
  /** Deleted, with something left outside. */
  abandoned(): void;
  forget(uid: string): void;
}

/** Looks are minutes apart; so is a first installation. */
const MINUTES = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600];

export function lifetimeMeters(metrics: Registry, clock: Clock): LifetimeMeters {
  const startedAt = clock.now();
  const known = new Set<string>();
  const abandoned = counter(
    metrics,
    'platform_deletions_abandoned_total',
    'Platforms that left something outside behind',
  );
  const drift = counter(
    metrics,
    'drift_detected_total',
    'Outside changes that were found',
    ['concern'],
    PLATFORM_CONCERNS.map((concern) => ({ concern })),
  );
  const drifted = histogram(
    metrics,
    'platform_drift_seconds',
    'How long an outside change can have lived until it was found',
    ['concern'],
    MINUTES,
  );
  const firstReady = histogram(
    metrics,
    'platform_first_time_to_readiness_seconds',
    'From the creation of a platform until it was Ready for the first time',
    [],
    MINUTES,
  );
  const deletion = histogram(
    metrics,
    'platform_deletion_seconds',
    'From the request to delete a platform until its finalizer went',
    [],
    MINUTES,
  );
  return {
    drifted(concern, livedMs) {
      drift.inc({ concern });
      if (livedMs !== undefined) drifted.observe({ concern }, livedMs / 1000);
    },
    written({ metadata }, status) {
      const createdAt = Date.parse(metadata.creationTimestamp ?? '');
      // Of one that is older nobody here knows whether it was Ready before.
      if (!(createdAt >= startedAt) || known.has(metadata.uid)) return;
      if (conditionOf(status.conditions, 'Ready')?.status !== 'True') return;
      known.add(metadata.uid);
      firstReady.observe({}, (clock.now() - createdAt) / 1000);
    },
    deleted({ metadata }) {
      const askedAt = Date.parse(metadata.deletionTimestamp ?? '');
      if (Number.isFinite(askedAt)) deletion.observe({}, Math.max(0, clock.now() - askedAt) / 1000);
    },
    abandoned: () => abandoned.inc(),
    forget: (uid) => void known.delete(uid),
  };
}
