import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { Ticketing } from '#operator/external/ticketing.ts';
import { REHEARSAL_CLASS } from '#proto/names.ts';
import { ticketClassId } from '../identity.ts';
import type { PrescaleLine } from './line.ts';

export interface InventoryScope {
  readonly sale: EventSale;
  readonly eventId: string;
  readonly ticketing: Ticketing;
  readonly signal: AbortSignal;
}

/** Rehearsals take one ticket at a time and give it back; some may overlap when an operator dies in one. */
const REHEARSAL_TICKETS = 20;

/** Ticket classes created and as the sale says, and the hidden one for rehearsals. */
export async function loadInventory(scope: InventoryScope): Promise<PrescaleLine> {
  const { eventId, ticketing, signal } = scope;
  const options = { signal, idempotent: true };
  const desired = desiredClasses(scope);
  let { classes } = await ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: true }, options);
  const refusals = desired.flatMap((one) => refusalOf(one, classes) ?? []);
  const wrong = desired.filter(
    (one) => !classes.some((found) => found.id === one.id && same(found, one)) && refusalOf(one, classes) === undefined,
  );
  if (wrong.length > 0) {
    await ticketing.inventory.upsertTicketClasses({ eventId, classes: wrong }, options);
    ({ classes } = await ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: true }, options));
  }
  const want = desired.filter((one) => !one.rehearsal);
  const ours = classes.filter((found) => desired.some((one) => one.id === found.id && same(found, one)));
  const extra = classes.filter((found) => !found.rehearsal && !desired.some((one) => one.id === found.id));
  const line = {
    what: 'inventory',
    want: summary(want),
    have: summary(classes.filter((found) => !found.rehearsal)),
    ready: ours.length === desired.length && extra.length === 0,
  };
  if (refusals.length > 0) return { ...line, message: refusals.join('; '), refusal: refusals.join('; ') };
  if (extra.length === 0) return line;
  return {
    ...line,
    message: `the event has classes that the sale does not name: ${extra.map((one) => one.name).join(', ')}; add them to spec.ticketClasses`,
  };
}

/** Tickets that are sold or in somebody's hands cannot be taken back by an edit. The service refuses it too. */
function refusalOf(one: Desired, classes: readonly Found[]): string | undefined {
  const found = classes.find(({ id }) => id === one.id);
  if (found === undefined || one.total >= found.sold + found.reserved) return undefined;
  const least = found.sold + found.reserved;
  return `spec.ticketClasses "${one.name}".quantity ${one.total} is below ${found.sold} sold + ${found.reserved} held; ${found.total} stand: set it to ${least} or more`;
}

function desiredClasses({ sale, eventId }: InventoryScope) {
  const real = sale.spec.ticketClasses.map((one) => ({
    id: ticketClassId(eventId, one.name),
    eventId,
    name: one.name,
    price: { amountMinor: String(one.price.amountMinor), currency: one.price.currency },
    total: one.quantity,
    maxPerOrder: one.maxPerOrder,
    maxPerAccount: one.maxPerAccount,
    rehearsal: false,
  }));
  const first = sale.spec.ticketClasses[0];
  const rehearsal = {
    id: ticketClassId(eventId, REHEARSAL_CLASS),
    eventId,
    name: REHEARSAL_CLASS,
    price: { amountMinor: String(first?.price.amountMinor ?? 0), currency: first?.price.currency ?? 'VND' },
    total: REHEARSAL_TICKETS,
    maxPerOrder: 1,
    maxPerAccount: 0,
    rehearsal: true,
  };
  return [...real, rehearsal];
}

type Desired = ReturnType<typeof desiredClasses>[number];
type Found = Awaited<ReturnType<Ticketing['inventory']['listTicketClasses']>>['classes'][number];

function same(found: Found, one: Desired): boolean {
  return (
    found.name === one.name &&
    found.total === one.total &&
    found.maxPerOrder === one.maxPerOrder &&
    found.maxPerAccount === one.maxPerAccount &&
    found.rehearsal === one.rehearsal &&
    String(found.price?.amountMinor) === one.price.amountMinor &&
    found.price?.currency === one.price.currency
  );
}

function summary(classes: readonly { total: number }[]): string {
  const tickets = classes.reduce((sum, one) => sum + one.total, 0);
  return `${classes.length} classes, ${tickets} tickets`;
}
