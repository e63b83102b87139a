import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { frozen } from './freeze.ts';
import type { PlatformStatus } from './pass.ts';

/**
 * What `status.freeze` says: there while a sale is between arming and its end, an override or spec.changeFreeze apart, so that
 * config/admission asks for an override in each request that changes something. Pure; `until` is RFC 3339.
 */
export function freezeStatus(
  platform: TicketBottlePlatform,
  sales: Parameters<typeof frozen>[1],
  nowMs: number,
): Pick<PlatformStatus, 'freeze'> {
  const { annotations: _overrides, ...metadata } = platform.metadata;
  const bare = { ...platform, metadata, spec: { ...platform.spec, changeFreeze: { enabled: false } } };
  const { frozen: held, by, reason } = frozen(bare, sales, nowMs);
  if (!held) return {};
  const until = /until (\S+?);/.exec(reason)?.[1] ?? 'it is over';
  return { freeze: { by, until } };
}
