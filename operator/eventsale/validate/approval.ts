import { SALE_MARK } from '#proto/names.ts';
import type { EventSale } from '../../api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';

type Sale = Pick<EventSale, 'metadata' | 'spec' | 'status'>;

/** Why an organiser's sale is not prepared yet. */
export interface Withheld {
  readonly reason: 'ApprovalPending' | 'QuotaExceeded';
  readonly message: string;
}

const OVER: ReadonlySet<string> = new Set(['Closed', 'ScaledDown', 'Missed', 'Aborted']);

/**
 * Whether an organiser's sale may be prepared: within its quota, and approved where the platform asks for it. Pure. Sales
 * without the organiser's label belong to ops and need neither. `others` may hold more than
 * those of the organiser.
 */
export function withheldSale(
  sale: Sale,
  platform: Pick<TicketBottlePlatform, 'spec'>,
  others: readonly Sale[],
): Withheld | undefined {
  const organiser = organiserOf(sale);
  if (organiser === undefined) return undefined;
  const { approval, quota } = platform.spec.organisers;
  // Whoever came first keeps their place; what comes later waits.
  const earlier = others.filter((other) => liveOrganiserOf(other) === organiser && precedes(other, sale));
  if (earlier.length >= quota.maxSales)
    return {
      reason: 'QuotaExceeded',
      message: `organiser ${organiser} has ${earlier.length} sales before this one and may have ${quota.maxSales}; delete one, wait until one is over, or raise spec.organisers.quota.maxSales of the platform`,
    };
  const tickets = [...earlier, sale].reduce((sum, one) => sum + ticketsOf(one), 0);
  if (tickets > quota.maxTickets)
    return {
      reason: 'QuotaExceeded',
      message: `organiser ${organiser} would sell ${tickets} tickets at once and may sell ${quota.maxTickets}; lower spec.ticketClasses quantities, wait until a sale is over, or raise spec.organisers.quota.maxTickets of the platform`,
    };
  if (!approval.required || sale.metadata.annotations?.[SALE_MARK.approvedBy] !== undefined) return undefined;
  const { namespace, name } = sale.metadata;
  return {
    reason: 'ApprovalPending',
    message: `waits for approval; who may approve types: kubectl annotate eventsale -n ${namespace} ${name} ${SALE_MARK.approvedBy}=$(kubectl auth whoami -o jsonpath={.status.userInfo.username})`,
  };
}

/** Whose quota a sale counts against as it stands; undefined for one of ops, or one that is over. */
export function liveOrganiserOf(sale: Sale): string | undefined {
  return isLive(sale) ? organiserOf(sale) : undefined;
}

/** Undefined for a sale of ops. */
export function organiserOf({ metadata }: Sale): string | undefined {
  return metadata.labels?.[SALE_MARK.organiser];
}

function isLive({ metadata, status }: Sale): boolean {
  return metadata.deletionTimestamp === undefined && !OVER.has(status?.phase ?? '');
}

function precedes(one: Sale, two: Sale): boolean {
  const [a, b] = [one, two].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.uid}`);
  return a !== b && (a ?? '') < (b ?? '');
}

function ticketsOf({ spec }: Sale): number {
  return spec.ticketClasses.reduce((sum, { quantity }) => sum + quantity, 0);
}
