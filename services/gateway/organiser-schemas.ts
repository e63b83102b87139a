import { dateTime, integer, money, object, string } from './schemas.ts';

/*
 * What organisers write and read. One resource holds the event, its venue, its ticket types and its on-sale: scheduling it makes
 * an EventSale, and what comes back from GET may be put back by PUT.
 */

const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const line = { type: 'string', maxLength: 300 } as const;
const count = (maximum: number) => ({ type: 'integer', minimum: 0, maximum }) as const;

const saleClass = object(
  {
    name: { type: 'string', minLength: 1, maxLength: 63 },
    description: { type: 'string', maxLength: 1000 },
    quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    price: object(
      {
        amountMinor: { type: 'integer', minimum: 0, maximum: 1_000_000_000_000 },
        currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      },
      ['amountMinor', 'currency'],
    ),
    maxPerOrder: { ...count(1000), description: '0 or absent: 4' },
    maxPerAccount: { ...count(1000), description: '0 or absent: no limit' },
  },
  ['name', 'quantity', 'price'],
);

export const saleContent = {
  $id: 'SaleContent',
  ...object(
    {
      eventName: name,
      description: { type: 'string', maxLength: 5000 },
      venue: object({ name, address: line, city: line, country: { type: 'string', pattern: '^([A-Z]{2})?$' } }, [
        'name',
      ]),
      startTime: dateTime,
      classes: { type: 'array', minItems: 1, maxItems: 20, items: saleClass },
      preQueueTime: { ...dateTime, description: 'Absent: 15 minutes before openTime' },
      openTime: dateTime,
      closeTime: dateTime,
      timeZone: { type: 'string', maxLength: 64, description: 'IANA name; absent: UTC' },
      expectedBuyers: count(100_000_000),
      peakJoinsPerSecond: count(10_000_000),
    },
    ['eventName', 'venue', 'startTime', 'classes', 'openTime', 'closeTime'],
  ),
};

export const sale = {
  $id: 'Sale',
  ...object(
    {
      name: { ...string, description: 'Given when it is scheduled' },
      content: { $ref: 'SaleContent#' },
      phase: {
        ...string,
        description: 'Of the EventSale: PendingApproval, Prescaling, Armed, PreQueue, Open, ... Empty: new',
      },
      message: { ...string, description: 'What is, and what to do next' },
      eventId: { ...string, description: 'Absent until the operator has looked at it' },
      approved: { type: 'boolean' },
      approvedBy: string,
      paused: { type: 'boolean' },
      pauseMessage: string,
      readOnly: { type: 'boolean', description: 'Kept in Git' },
      sold: integer,
      total: integer,
      waiting: integer,
      admitted: integer,
      etag: {
        ...string,
        description: 'Also the ETag; send it as If-Match to be told when somebody else changed the sale',
      },
      createTime: dateTime,
    },
    [
      'name',
      'content',
      'phase',
      'message',
      'approved',
      'paused',
      'readOnly',
      'sold',
      'total',
      'waiting',
      'admitted',
      'etag',
    ],
  ),
};

const saleSum = object({ orders: integer, tickets: integer, money }, ['orders', 'tickets']);
const saleTotals = {
  ...object({ gross: saleSum, refunded: saleSum, net: saleSum }, ['gross', 'refunded', 'net']),
  description:
    'From what orders said of themselves, a few seconds behind: all that was ever paid for, what of it was given back, and the rest. Money that came too late and went back was never a sale',
};

export const figures = {
  $id: 'Figures',
  description: 'A sale as it sells, at most two seconds old. Rehearsals are left out',
  ...object(
    {
      name: string,
      phase: string,
      paused: { type: 'boolean' },
      joined: { ...integer, description: 'Numbers given since the pre-queue opened' },
      waiting: integer,
      admitted: integer,
      sold: { ...integer, description: 'Now; what was given back is sold no more' },
      total: integer,
      held: { ...integer, description: 'Tickets in checkouts that are not paid yet' },
      revenue: money,
      classes: {
        type: 'array',
        items: object({ name: string, sold: integer, held: integer, total: integer, revenue: money }, [
          'name',
          'sold',
          'held',
          'total',
          'revenue',
        ]),
      },
      totals: saleTotals,
      ratePerSecond: { type: 'number', description: 'Buyers let in per second' },
      readTime: dateTime,
    },
    ['name', 'phase', 'paused', 'joined', 'waiting', 'admitted', 'sold', 'held', 'total', 'classes', 'readTime'],
  ),
};

export const history = {
  $id: 'SaleHistory',
  description:
    'What orders said of themselves, minute by minute, a few seconds behind; without minutes in which nothing happened',
  ...object(
    {
      minutes: {
        type: 'array',
        items: object(
          {
            startTime: dateTime,
            ordersCreated: integer,
            ordersPaid: integer,
            tickets: { ...integer, description: 'Of the paid orders' },
            revenue: { ...money, description: 'Of the paid orders' },
            ordersRefunded: { ...integer, description: 'Paid before, refunded in this minute' },
            ticketsRefunded: { ...integer, description: 'Of those; not valid any more' },
            refunded: { ...money, description: 'To the buyers of those' },
          },
          ['startTime', 'ordersCreated', 'ordersPaid', 'tickets', 'ordersRefunded', 'ticketsRefunded'],
        ),
      },
      totals: saleTotals,
    },
    ['minutes'],
  ),
};

export const ORGANISER_SHARED = [saleContent, sale, figures, history];

export const saleParams = object({ name: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$' } }, [
  'name',
]);
export const pauseBody = object({ message: { type: 'string', maxLength: 500 } }, []);
export const cancelBody = object({ reason: { type: 'string', maxLength: 1000 } }, []);
export const extendBody = object({ closeTime: dateTime }, ['closeTime']);
