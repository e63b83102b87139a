import type { Event__Output } from '#proto/gen/ticketbottle/event/v1/Event.ts';
import type { GetAvailabilityResponse__Output } from '#proto/gen/ticketbottle/inventory/v1/GetAvailabilityResponse.ts';
import type { Order__Output } from '#proto/gen/ticketbottle/order/v1/Order.ts';
import type { Money__Output } from '#proto/gen/ticketbottle/type/v1/Money.ts';
import type { User__Output } from '#proto/gen/ticketbottle/user/v1/User.ts';
import type { Admission__Output } from '#proto/gen/ticketbottle/waitroom/v1/Admission.ts';
import type { Tick__Output } from '#proto/gen/ticketbottle/waitroom/v1/Tick.ts';
import { internal } from '#runtime/errors.ts';
import { int64ToNumber } from '#runtime/int64.ts';
import { fromTimestamp, toIso } from '#runtime/timestamp.ts';

/*
 * Proto messages as the API shows them: camelCase, RFC 3339, int64 as numbers, enum names without their prefix, absent
 * instead of null or empty. schemas.ts describes the same shapes; a field that stands only here is cut off by Fastify.
 */

type WireTime = { seconds: string; nanos: number } | null;

export const timeJson = (wire: WireTime) => {
  const ms = fromTimestamp(wire);
  return ms === undefined ? undefined : toIso(ms);
};
const text = (value: string) => (value === '' ? undefined : value);
const money = (wire: Money__Output | null) =>
  wire === null ? undefined : { amountMinor: int64ToNumber(wire.amountMinor, 'amountMinor'), currency: wire.currency };
const bare = (name: string, prefix: string) => name.slice(prefix.length);

export function userJson(user: User__Output | null) {
  if (user === null) throw internal('INTERNAL', 'a service answered without its user');
  return {
    id: user.id,
    email: user.email,
    fullName: user.fullName,
    roles: rolesOf(user),
    createTime: timeJson(user.createTime),
  };
}

export function rolesOf(user: User__Output): string[] {
  return user.roles.map((role) => bare(role, 'ROLE_').toLowerCase());
}

export function eventJson(event: Event__Output) {
  return {
    id: event.id,
    name: event.name,
    description: event.description,
    state: bare(event.state, 'EVENT_STATE_'),
    venue: event.venue ?? undefined,
    startTime: timeJson(event.startTime),
    ticketTypes: event.ticketTypes.map((type) => ({ ...type, price: money(type.price) })),
    sale: event.sale
      ? {
          preQueueTime: timeJson(event.sale.preQueueTime),
          openTime: timeJson(event.sale.openTime),
          closeTime: timeJson(event.sale.closeTime),
          timeZone: event.sale.timeZone,
        }
      : undefined,
  };
}

export function availabilityJson(answer: GetAvailabilityResponse__Output) {
  return {
    classes: answer.classes.map((one) => ({ ...one, price: money(one.price) })),
    soldOut: answer.soldOut,
    readTime: timeJson(answer.readTime),
  };
}

/** The tick as buyers see it, in JSON of docs/contracts.md. */
export interface TickJson {
  readonly eventId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly state: string;
  readonly served: number;
  readonly issued: number;
  readonly ratePerSecond: number;
  readonly openTime?: string | undefined;
  readonly shuffledCount: number;
  readonly seedCommitment: string;
  readonly seed?: string | undefined;
  readonly message?: string | undefined;
  readonly serverTime?: string | undefined;
  readonly nextTickMs: number;
}

export function tickJson(tick: Tick__Output): TickJson {
  return {
    eventId: tick.eventId,
    epoch: int64ToNumber(tick.epoch, 'epoch'),
    seq: int64ToNumber(tick.seq, 'seq'),
    state: bare(tick.state, 'ROOM_STATE_'),
    served: int64ToNumber(tick.served, 'served'),
    issued: int64ToNumber(tick.issued, 'issued'),
    ratePerSecond: tick.ratePerSecond,
    openTime: timeJson(tick.openTime),
    shuffledCount: int64ToNumber(tick.shuffledCount, 'shuffled_count'),
    seedCommitment: tick.seedCommitment,
    seed: text(tick.seed),
    message: text(tick.message),
    serverTime: timeJson(tick.serverTime),
    nextTickMs: tick.nextTickMs,
  };
}

export function orderJson(order: Order__Output | null) {
  if (order === null) throw internal('INTERNAL', 'a service answered without its order');
  return {
    id: order.id,
    code: order.code,
    eventId: order.eventId,
    fullName: order.fullName,
    lines: order.lines.map((line) => ({ ...line, unitPrice: money(line.unitPrice) })),
    total: money(order.total),
    state: bare(order.state, 'ORDER_STATE_'),
    failureReason: text(order.failureReason),
    provider: bare(order.provider, 'PROVIDER_').toLowerCase(),
    paymentUrl: text(order.paymentUrl),
    holdExpireTime: timeJson(order.holdExpireTime),
    tickets: order.tickets.map(({ id, ticketClassId, className, qrPayload }) => ({
      id,
      ticketClassId,
      className,
      qrPayload,
    })),
    language: text(order.language),
    rehearsal: order.rehearsal || undefined,
    createTime: timeJson(order.createTime),
    updateTime: timeJson(order.updateTime),
  };
}

export function admissionJson(entry: Admission__Output) {
  return {
    place: int64ToNumber(entry.place, 'place'),
    number: int64ToNumber(entry.number, 'number'),
    userId: entry.userId,
    grantTime: timeJson(entry.grantTime),
    servedAtGrant: int64ToNumber(entry.servedAtGrant, 'served_at_grant'),
  };
}
