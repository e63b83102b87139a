import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { eventIdName, ID_NAMESPACE, REHEARSAL_CLASS, ticketClassIdName } from '#proto/names.ts';
import { uuidV5 } from '#runtime/ids.ts';

/** The event that a sale sells: the one it names, else one derived from its own name, stable over re-creation. */
export function eventIdOf(sale: EventSale): string {
  const { namespace, name } = sale.metadata;
  const platform = { namespace, name: sale.spec.platformRef.name };
  return sale.spec.event.id ?? uuidV5(ID_NAMESPACE, eventIdName(platform, { namespace, name }));
}

export const WEBHOOK_FUNCTION = 'payment-webhook-handler';

/** The function's name in AWS, as docs/contracts.md has it. */
export function webhookFunction(platform: { readonly metadata: { readonly name: string } }): string {
  return `${platform.metadata.name}-${WEBHOOK_FUNCTION}`;
}

export function ticketClassId(eventId: string, className: string): string {
  return uuidV5(ID_NAMESPACE, ticketClassIdName(eventId, className));
}

export function rehearsalClassId(eventId: string): string {
  return ticketClassId(eventId, REHEARSAL_CLASS);
}
