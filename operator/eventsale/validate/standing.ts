import { SERVICES } from '#proto/names.ts';
import type { EventSaleReason, Summary } from '../../api/conditions.ts';
import type { EventSale } from '../../api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { saleTimes } from '../schedule.ts';
import { validateSale } from '../validate.ts';
import { withheldSale } from './approval.ts';

/** Currencies that the payment providers of a platform take. */
const PROVIDER_CURRENCIES: Readonly<Record<string, readonly string[]>> = {
  zalopay: ['VND'],
  payos: ['VND'],
  vnpay: ['VND'],
};

export interface Standing {
  readonly sale: EventSale;
  readonly platform: TicketBottlePlatform | undefined;
  /** Other sales of the same platform, at least those of the organiser. */
  readonly others: readonly EventSale[];
  /** Others that sell the same event. */
  readonly rivals: readonly EventSale[];
  readonly nowMs: number;
}

/** Why a sale is not begun, and when to look again without news; Unix ms. */
export interface NotBegun extends Summary<EventSaleReason> {
  readonly phase: 'Pending' | 'PendingApproval';
  readonly lookAgainAt: number;
}

const HOUR_MS = 3_600_000;
/** Others that end, or go away, do not call this sale. */
const NEIGHBOURS_MS = 30_000;

/**
 * What a sound sale may have against it because of the clock and of other objects. Pure. Judged only until preparing has begun:
 * what runs is not stopped by an edit of something else. A sale that was never begun in time is the timeline's: Missed.
 */
export function whyNotBegun({ sale, platform, others, rivals, nowMs }: Standing): NotBegun | undefined {
  if (platform === undefined || hasBegun(sale)) return undefined;
  const { opensAt, startDeadlineMs } = saleTimes(sale.spec, 0);
  const lastCall = opensAt + startDeadlineMs + 1;
  if (nowMs >= lastCall) return undefined;
  const lookAgainAt = (inMs: number) => Math.min(lastCall, nowMs + inMs);

  const rival = rivals.find((other) => comesFirst(other, sale));
  if (rival !== undefined) {
    const message = `spec.event.id: EventSale ${rival.metadata.name} sells the same event from ${rival.spec.schedule.preQueueAt ?? rival.spec.schedule.opensAt} to ${rival.spec.schedule.closesAt}; set another event, or open after that`;
    return {
      state: 'stalled',
      reason: 'ResourceConflict',
      message,
      phase: 'Pending',
      lookAgainAt: lookAgainAt(NEIGHBOURS_MS),
    };
  }
  const problems = platformProblems(sale, platform);
  if (problems.length > 0) {
    const message = problems.join('. ');
    return { state: 'stalled', reason: 'InvalidSpec', message, phase: 'Pending', lookAgainAt: lookAgainAt(HOUR_MS) };
  }
  const withheld = withheldSale(sale, platform, others);
  if (withheld === undefined) return undefined;
  return {
    state: withheld.reason === 'QuotaExceeded' ? 'stalled' : 'held',
    ...withheld,
    phase: 'PendingApproval',
    lookAgainAt: lookAgainAt(withheld.reason === 'QuotaExceeded' ? NEIGHBOURS_MS : HOUR_MS),
  };
}

/** Whether anything was prepared for the sale as it is scheduled now; one that was missed or aborted begins anew. */
function hasBegun({ status }: EventSale): boolean {
  switch (status?.phase) {
    case undefined:
    case 'Pending':
    case 'PendingApproval':
    case 'Standby':
    case 'Missed':
    case 'Aborted':
      return false;
    case 'Suspended':
      // A sale may be made suspended: that must not be a way round approval.
      return (status.phases ?? []).some(({ phase }) => phase === 'Prescaling' || phase === 'Armed' || phase === 'Open');
    default:
      return true;
  }
}

/** What a sale asks for and its platform cannot give. */
function platformProblems({ spec }: EventSale, platform: TicketBottlePlatform): string[] {
  const problems: string[] = [];
  const currency = spec.ticketClasses[0]?.price.currency ?? '';
  const providers = platform.spec.payments.providers.map(({ name }) => name);
  const paid = spec.ticketClasses.some(({ price }) => price.amountMinor > 0);
  if (paid && !providers.some((name) => PROVIDER_CURRENCIES[name]?.includes(currency) ?? true))
    problems.push(
      `spec.ticketClasses: nobody can pay in ${currency}, ${providers.join(' and ')} take VND; set price.currency to VND, or add a provider to the platform`,
    );
  for (const service of SERVICES) {
    const floor = spec.capacity[service]?.minReplicas;
    const { max } = platform.spec.services[service].replicas;
    if (floor !== undefined && floor > max)
      problems.push(
        `spec.capacity.${service}.minReplicas: ${floor} is more than the ${max} that the platform allows; lower it, or raise spec.services.${service}.replicas.max of the platform`,
      );
  }
  return problems;
}

const OVER: ReadonlySet<string> = new Set(['Closed', 'ScaledDown', 'Missed', 'Aborted', 'PendingApproval']);

/** Whether another sale of the same event is older, live, and overlaps in time. Younger ones wait for us. */
function comesFirst(other: EventSale, sale: EventSale): boolean {
  if (other.metadata.deletionTimestamp !== undefined || OVER.has(other.status?.phase ?? '')) return false;
  if (validateSale(other.spec).length > 0) return false;
  const [mine, theirs] = [saleTimes(sale.spec, 0), saleTimes(other.spec, 0)];
  if (mine.preQueueAt >= theirs.closesAt || theirs.preQueueAt >= mine.closesAt) return false;
  const age = ({ metadata }: EventSale) => `${metadata.creationTimestamp} ${metadata.uid}`;
  return age(other) < age(sale);
}
