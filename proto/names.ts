/**
 * Names that programs agree on: services and ports, topics, Redis keys, token claims.
 * Programs never import each other; they meet here and in the .proto files.
 */

export const SERVICES = ['gateway', 'user', 'payment', 'event', 'inventory', 'order', 'waitroom'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Port on which a service takes its traffic: HTTP for the gateway, gRPC for the rest. */
export const SERVICE_PORT: Record<ServiceName, number> = {
  gateway: 3000,
  user: 50051,
  payment: 50052,
  event: 50053,
  inventory: 50054,
  order: 50055,
  waitroom: 50056,
};

/** Every program's /livez, /readyz and /metrics. */
export const OPS_PORT = 9090;

/** Services that own a Postgres database, and the name of that database. */
export const SERVICE_DATABASE = {
  user: 'ticketbottle_user',
  payment: 'ticketbottle_payment',
  event: 'ticketbottle_event',
  inventory: 'ticketbottle_inventory',
} as const satisfies Partial<Record<ServiceName, string>>;

export const FUNCTIONS = [
  'payment-webhook-handler',
  'outbox-processor',
  'outbox-cleanup',
  'email-sender',
  'pdf-generator',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Kafka topics. Keys: the order id, except queue.position and inventory.reserved, keyed by event id and order id. */
export const TOPIC = {
  orderCreated: 'order.created',
  orderPaid: 'order.paid',
  orderRefunded: 'order.refunded',
  orderMoneyReturned: 'order.money-returned',
  paymentInitiated: 'payment.initiated',
  paymentCompleted: 'payment.completed',
  paymentFailed: 'payment.failed',
  paymentReturned: 'payment.returned',
  inventoryReserved: 'inventory.reserved',
  queuePosition: 'queue.position',
} as const;
export type Topic = (typeof TOPIC)[keyof typeof TOPIC];

/**
 * Redis keys. The event id is a Redis Cluster hash tag (the literal braces), so that all keys of one room live in one slot.
 */
export const redisKey = {
  /** ZSET of waiting accounts; member user id, score number given at join. */
  waitroom: (eventId: string) => `waitroom:{${eventId}}`,
  /** HASH, the gate; fields in GATE_FIELD. Written by the operator, read by the room's scripts. */
  gate: (eventId: string) => `waitroom:{${eventId}}:gate`,
  /** HASH of one account's place in one room. */
  session: (eventId: string, userId: string) => `session:{${eventId}}:${userId}`,
  /** STRING, the admission token given to an account; lives as long as the checkout slot. */
  token: (eventId: string, userId: string) => `token:{${eventId}}:${userId}`,
  /** PUBSUB channel of ticks. */
  position: (eventId: string) => `position:{${eventId}}`,
  /** SET of event ids that have a gate. */
  rooms: () => 'waitroom:rooms',
} as const;

/** Fields of the gate hash. Times are Unix milliseconds as decimal strings. */
export const GATE_FIELD = {
  preQueueAtMs: 'preQueueAtMs',
  opensAtMs: 'opensAtMs',
  closesAtMs: 'closesAtMs',
  admissionsPerMinute: 'admissionsPerMinute',
  burst: 'burst',
  maxConcurrentCheckouts: 'maxConcurrentCheckouts',
  maxQueueLength: 'maxQueueLength',
  checkoutTtlMs: 'checkoutTtlMs',
  claimWindowMs: 'claimWindowMs',
  /** Silence after which a waiting account loses its place; '0' or missing: never. */
  idleTimeoutMs: 'idleTimeoutMs',
  /** '1' while paused; the reason stands in `message`. */
  paused: 'paused',
  message: 'message',
  /** 'ShuffleThenFIFO' or 'FIFO'. */
  ordering: 'ordering',
  /** Hex of 32 bytes; given to buyers only after the opening. */
  seed: 'seed',
  seedCommitment: 'seedCommitment',
  /** Numbers left out after a failover of Redis, for those that nobody here knows of; missing: a thousand. */
  voidMargin: 'voidMargin',
  /** When the sale was proved ready; '0' until then. The room does not read it. */
  armedAtMs: 'armedAtMs',
  /** metadata.uid of the EventSale that began this room: another one starts it over. Stays when another region takes over. */
  saleUid: 'saleUid',
  /** metadata.uid of the EventSale that this gate obeys now. The room does not read what follows. */
  ownerUid: 'ownerUid',
  /** The sale as all regions know it, `NAME@TABLE`: whoever has it takes the gate over when its region does. */
  sale: 'sale',
  /** Who wrote this, as `region#active` in the orders table names it, and under which term. '' and '0' without failover. */
  region: 'region',
  regionTerm: 'regionTerm',
  /** The opening that was announced and accepted; `opensAtMs` differs from it while the doors are held. */
  announcedAtMs: 'announcedAtMs',
  /** What was decided about it: 'Open', 'Hold', 'OpenAnyway', 'Abort'; '' before. */
  decided: 'decided',
  /** When somebody shut the doors; missing where they close by themselves. */
  closedAtMs: 'closedAtMs',
  /** metadata.generation of the EventSale that wrote this. */
  generation: 'generation',
  /** Leader's lease transitions; a write with a smaller one is refused. */
  fencingToken: 'fencingToken',
} as const;

/** Keys of an event in the orders table's `event_id-index`. One key takes 1,000 writes a second, and a hot event more. */
export const ORDER_EVENT_SHARDS = 8;
export const orderEventKey = (eventId: string, shard: number) => `${eventId}#${shard}`;
/** All keys under which an event's orders are found. */
export const orderEventKeys = (eventId: string): string[] =>
  Array.from({ length: ORDER_EVENT_SHARDS }, (_, shard) => orderEventKey(eventId, shard));

/** UUIDv5 namespace of ids derived from Kubernetes names, and of everything derived below them. */
export const ID_NAMESPACE = '6f1d1f0e-5f0e-5b7e-9d6b-7c1e0a4b2c11';

/** Name under which the event id of a sale is derived: stable over re-creation and regions. */
export function eventIdName(
  platform: { namespace: string; name: string },
  sale: { namespace: string; name: string },
): string {
  return `event/${platform.namespace}/${platform.name}/${sale.namespace}/${sale.name}`;
}

/** Name under which a ticket class id is derived. */
export function ticketClassIdName(eventId: string, className: string): string {
  return `ticket-class/${eventId}/${className}`;
}

/** Class that rehearsal purchases use; hidden from buyers. */
export const REHEARSAL_CLASS = 'rehearsal';

/** JWT audiences and issuers. */
export const TOKEN = {
  issuer: 'ticketbottle',
  /** Access tokens of accounts, signed by the gateway. Claims: sub, roles, sid. */
  accessAudience: 'ticketbottle-api',
  /** Admission tokens, signed by the waitroom. Claims: sub, event_id, place, epoch, jti, rehearsal?. */
  admissionAudience: 'ticketbottle-checkout',
} as const;

/** Where the ticket bucket keeps the records of a topic; Firehose adds `YYYY/MM/DD/HH/` and a name. */
export const ARCHIVE_PREFIX = 'events/';
export const archivePrefix = (topic: string) => `${ARCHIVE_PREFIX}${topic}/`;

export const TICKET_PREFIX = 'tickets/';

/** Object key of the PDF that holds all tickets of an order. */
export const ticketPdfKey = (orderId: string) => `${TICKET_PREFIX}${orderId}.pdf`;

/** Marks on EventSales that the operator, the event service and config/admission agree on. */
export const SALE_MARK = {
  /** Label: id of the organiser whose sale this is. Sales without it belong to ops and are read-only to organisers. */
  organiser: 'ticketbottle.io/organiser',
  /** Annotation: the Kubernetes user who approved the sale as it is written. */
  approvedBy: 'ticketbottle.io/approved-by',
} as const;
