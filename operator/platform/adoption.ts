import type { Change } from '../external/adapter.ts';
import type { Origin } from './claims.ts';
import { ConcernError } from './look-after.ts';
import type { Pass } from './pass.ts';

/**
 * Decides, before anything is changed, whether this platform may have what a concern asks for. `targets` is all of it, as the
 * adapter's changes call it. What may be had is noted in status.claims first. Throws ConcernError.
 */
export function admission(
  { platform, claims, observeOnly }: Pass,
  targets: readonly string[],
): (pending: readonly Change[]) => Promise<void> {
  const { adoptionPolicy } = platform.spec;
  return async (pending) => {
    const missing = new Set(pending.filter(({ action }) => action === 'create').map(({ target }) => target));
    if (adoptionPolicy === 'AdoptOnly' && missing.size > 0)
      throw new ConcernError(
        'NotFound',
        `spec.adoptionPolicy is AdoptOnly, and there is no ${[...missing].join(', no ')}: create what is missing, or set adoptionPolicy to AdoptOrCreate`,
      );
    const unknown = targets.filter((target) => !claims.has(target));
    const foreign = unknown.filter((target) => !missing.has(target));
    if (adoptionPolicy === 'Fail' && foreign.length > 0)
      throw new ConcernError(
        'ResourceConflict',
        `spec.adoptionPolicy is Fail, and these were there before this platform: ${foreign.join(', ')}. Remove or rename them, or set adoptionPolicy to AdoptOrCreate to take them over`,
      );
    if (observeOnly || unknown.length === 0) return;
    await claims.add(
      new Map(unknown.map((target): [string, Origin] => [target, missing.has(target) ? 'Created' : 'Adopted'])),
    );
  };
}
