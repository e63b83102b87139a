import { parseDuration } from '#runtime/duration.ts';
import type { EventSale } from '../api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { cannotBegin } from '../api/sale-standing.ts';

/** On the platform, `<who>: <reason>`: changes go on although a freeze holds them back. Said in an event, so that it is seen. */
export const FREEZE_OVERRIDE = 'ticketbottle.io/freeze-override';

/** From so long before its opening on a sale is armed, and nothing may move below it. */
const ARM_LEAD_MS = 10 * 60_000;

/** Whether changes are held back now: rollouts, migrations, function versions, Kafka partitions. First installations never are. */
export interface Freeze {
  readonly frozen: boolean;
  /** For people, and what ends it. Empty when there is nothing to say. */
  readonly reason: string;
  /** `spec.changeFreeze`, `EventSale NAME`, or, with an override, who decided it. Empty when nothing asks for a freeze. */
  readonly by: string;
  /** A sale is between arming and its end, whether or not that freezes anything: drift matters more then. */
  readonly saleRunning: boolean;
  /** True when a freeze is on and an override lifts it. */
  readonly overridden: boolean;
  /** Unix ms of the next instant at which the answer may change by itself. */
  readonly changesAt: number | undefined;
}

type Sale = Pick<EventSale, 'metadata' | 'spec' | 'status'>;

/**
 * Pure. `sales` may be all that there are; those of other platforms are left out. A sale freezes its platform from its arming
 * until its last buyer's time is up, whatever its controller is doing meanwhile: the schedule decides, not a phase that may
 * be stale. Only a phase that says that the sale is over ends it earlier.
 */
export function frozen(platform: TicketBottlePlatform, sales: readonly Sale[], nowMs: number): Freeze {
  const windows = sales.filter((sale) => belongsTo(sale, platform)).flatMap(windowOf);
  const running = windows.filter(({ from, to }) => from <= nowMs && nowMs < to).sort((a, b) => b.to - a.to)[0];
  const boundaries = windows.flatMap(({ from, to }) => [from, to]).filter((at) => at > nowMs);
  const changesAt = boundaries.length === 0 ? undefined : Math.min(...boundaries);
  const saleRunning = running !== undefined;
  const asked = askedBy(platform, running);
  if (asked === undefined) return { frozen: false, reason: '', by: '', overridden: false, saleRunning, changesAt };

  const override = platform.metadata.annotations?.[FREEZE_OVERRIDE];
  if (override === undefined) return { frozen: true, ...asked, overridden: false, saleRunning, changesAt };
  const [, who, why] = override.match(/^\s*([^:]*[^:\s])\s*:\s*(\S.*)$/s) ?? [];
  if (who === undefined || why === undefined) {
    const reason = `${asked.reason}. The annotation ${FREEZE_OVERRIDE} is ignored: write it as "<who>: <reason>"`;
    return { frozen: true, by: asked.by, reason, overridden: false, saleRunning, changesAt };
  }
  return {
    frozen: false,
    by: who,
    reason: `${who} lifts the freeze of ${asked.by}: ${why}`,
    overridden: true,
    saleRunning,
    changesAt,
  };
}

/** The longest that drift lives while a sale is armed or running: what it stands on is looked at more often. */
const SALE_DRIFT_MS = 30_000;
/** Until somebody mends a spec.driftInterval that is none. */
const UNREADABLE_DRIFT_MS = 5 * 60_000;

export function driftIntervalMs({ spec }: TicketBottlePlatform, { saleRunning }: Pick<Freeze, 'saleRunning'>): number {
  const interval = durationOr(spec.driftInterval, UNREADABLE_DRIFT_MS);
  return saleRunning ? Math.min(interval, SALE_DRIFT_MS) : interval;
}

function askedBy(
  { spec: { changeFreeze } }: TicketBottlePlatform,
  running: Window | undefined,
): Pick<Freeze, 'by' | 'reason'> | undefined {
  if (changeFreeze.enabled) {
    const why = changeFreeze.reason ? `: ${changeFreeze.reason}` : '';
    return {
      by: 'spec.changeFreeze',
      reason: `spec.changeFreeze is on${why}; set changeFreeze.enabled to false to go on`,
    };
  }
  if (running === undefined) return undefined;
  const end = new Date(running.to).toISOString().replace(/\.\d+Z$/, 'Z');
  const reason = `EventSale ${running.name} is armed or running until ${end}; urgent changes: annotate the platform with ${FREEZE_OVERRIDE}="<who>: <reason>"`;
  return { by: `EventSale ${running.name}`, reason };
}

interface Window {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export function belongsTo(sale: Pick<Sale, 'metadata' | 'spec'>, platform: TicketBottlePlatform): boolean {
  return (
    sale.metadata.namespace === platform.metadata.namespace && sale.spec.platformRef.name === platform.metadata.name
  );
}

const OVER: ReadonlySet<string> = new Set(['Closed', 'ScaledDown', 'Standby', 'Missed', 'Aborted', 'PendingApproval']);

/** From arming to the last checkout; what was armed counts, not what an edit asks for afterwards. */
function windowOf(sale: Sale): Window[] {
  const { metadata, spec, status } = sale;
  if (OVER.has(status?.phase ?? '') || cannotBegin(sale)) return [];
  const opensAt = Date.parse(status?.schedule?.opensAt ?? spec.schedule.opensAt);
  const closesAt = Date.parse(status?.schedule?.closesAt ?? spec.schedule.closesAt);
  const armAt = status?.schedule?.armAt === undefined ? opensAt - ARM_LEAD_MS : Date.parse(status.schedule.armAt);
  const to = closesAt + durationOr(spec.waitroom.checkoutTTL, 0);
  return Number.isFinite(armAt) && Number.isFinite(to) && armAt < to ? [{ name: metadata.name, from: armAt, to }] : [];
}

/** What came past the definition must be told by validation, and can be deleted: nothing may throw before that. */
const durationOr = (text: string | undefined, otherwise: number): number => parseDuration(text ?? '') ?? otherwise;
