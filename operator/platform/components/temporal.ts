import { durationMs } from '#runtime/duration.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { createNamespace, type DesiredNamespace } from '../../external/temporal.ts';
import { admission } from '../adoption.ts';
import { converge } from '../converge.ts';
import { findingOf, lookAfter } from '../look-after.ts';
import { ownerOf } from '../names.ts';
import type { Pass } from '../pass.ts';
import { temporalAccess } from '../store-access.ts';

/** TemporalReady: the namespace of the order saga, with its retention and search attributes. */
export async function lookAfterTemporal(pass: Pass): Promise<void> {
  const { platform, observeOnly } = pass;
  const { namespace, retention } = platform.spec.temporal;
  const access = temporalAccess(pass);
  const desired = wantedNamespace(platform);
  await lookAfter(pass, 'TemporalReady', [access, desired, platform.spec.adoptionPolicy], async (signal) => {
    const { pending, applied } = await converge(createNamespace(access), desired, {
      observeOnly,
      signal,
      admit: admission(pass, [`Temporal namespace ${namespace}`]),
    });
    return findingOf(pending, applied, true, {
      ready: `Namespace ${namespace} keeps closed workflows for ${retention}`,
      observeOnly,
    });
  });
}

export function wantedNamespace(platform: TicketBottlePlatform): DesiredNamespace {
  const { namespace, retention, searchAttributes } = platform.spec.temporal;
  return {
    ...(searchAttributes === undefined ? {} : { searchAttributes }),
    name: namespace,
    retentionMs: durationMs(retention),
    description: `Orders of platform ${ownerOf(platform)}`,
  };
}
