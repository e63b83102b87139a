import type { OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import type { Scan as WireScan } from '#proto/gen/ticketbottle/order/v1/Scan.ts';
import { invalidArgument } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { fromTimestamp, toTimestamp } from '#runtime/timestamp.ts';
import type { Scan } from '../domain/scan.ts';
import type { OrderTable } from '../store/order-table.ts';
import type { ScanTable } from '../store/scan-table.ts';
import { parseId } from './order-wire.ts';

type ScanTicket = ImplementationOf<OrderServiceHandlers>['scanTicket'];

/** A ticket at the door: only one of a paid order passes, and each nonce counts once. Who got the money back is told so. */
export function scanTicket({ table, scans }: { readonly table: OrderTable; readonly scans: ScanTable }): ScanTicket {
  return async (request) => {
    const ticketId = parseId(request.ticketId, 'ticket_id');
    const eventId = parseId(request.eventId, 'event_id').toLowerCase();
    if (!/^[\w.:-]{8,64}$/.test(request.nonce)) throw invalid('nonce', 'a nonce has 8 to 64 letters, digits and ._:-');
    const scan = scanOf(request.scan);
    const order = await table.get(parseId(request.orderId, 'order_id'));
    const ticket = order?.tickets.find(({ id }) => id === ticketId);
    // Not written down: a ticket that does not exist must not fill the table.
    if (order === undefined || ticket === undefined || order.eventId !== eventId) return shut('SCAN_OUTCOME_NOT_VALID');
    if (order.state !== 'PAID')
      return shut(
        order.state === 'REFUNDING' || order.state === 'REFUNDED' ? 'SCAN_OUTCOME_REFUNDED' : 'SCAN_OUTCOME_NOT_VALID',
      );
    const known = await scans.verdictOf(ticketId, request.nonce);
    const verdict = known ?? (await scans.pass(ticketId, request.nonce, request.scannerId, scan));
    return {
      outcome: `SCAN_OUTCOME_${verdict.outcome}` as const,
      previous: verdict.previous === undefined ? null : wireScan(verdict.previous),
      replayed: known !== undefined,
      className: ticket.className,
      fullName: order.fullName,
    };
  };
}

const shut = (outcome: 'SCAN_OUTCOME_NOT_VALID' | 'SCAN_OUTCOME_REFUNDED') => ({
  ...{ outcome, previous: null, replayed: false, className: '', fullName: '' },
});

function scanOf(wire: Parameters<ScanTicket>[0]['scan']): Scan {
  const atMs = fromTimestamp(wire?.scanTime ?? null, 'scan.scan_time');
  if (wire === null || atMs === undefined) throw invalid('scan', 'scan.scan_time is missing');
  if (wire.direction !== 'SCAN_DIRECTION_IN' && wire.direction !== 'SCAN_DIRECTION_OUT')
    throw invalid('scan.direction', 'scan.direction is in or out');
  return { gate: wire.gate.slice(0, 64), direction: wire.direction === 'SCAN_DIRECTION_IN' ? 'in' : 'out', atMs };
}

function wireScan({ gate, direction, atMs }: Scan): WireScan {
  return {
    gate,
    direction: direction === 'in' ? 'SCAN_DIRECTION_IN' : 'SCAN_DIRECTION_OUT',
    scanTime: toTimestamp(atMs),
  };
}

function invalid(field: string, message: string) {
  return invalidArgument('INVALID_SCAN', message, { details: { field } });
}
