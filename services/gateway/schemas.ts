import { PAYMENT_PROVIDERS } from './payment-providers.ts';

/*
 * JSON schemas of the API. Requests are validated against them, answers are written by serialisers compiled from them
 * (what they do not name never leaves), and the OpenAPI document is made of them.
 */

export const string = { type: 'string' } as const;
export const integer = { type: 'integer' } as const;
export const dateTime = { type: 'string', format: 'date-time' } as const;
export const uuid = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
} as const;

export function object<P extends Record<string, unknown>>(properties: P, required: readonly (keyof P & string)[]) {
  return { type: 'object', properties, required, additionalProperties: false } as const;
}

export const money = object({ amountMinor: integer, currency: { type: 'string', pattern: '^[A-Z]{3}$' } }, [
  'amountMinor',
  'currency',
]);

export const problem = {
  $id: 'Problem',
  type: 'object',
  description: 'RFC 9457 problem details; `code` is the stable word to match on',
  properties: {
    type: string,
    title: string,
    status: integer,
    code: string,
    detail: string,
    requestId: string,
    details: { type: 'object', additionalProperties: true },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
} as const;

export const user = {
  $id: 'User',
  ...object(
    { id: uuid, email: string, fullName: string, roles: { type: 'array', items: string }, createTime: dateTime },
    ['id', 'email', 'fullName', 'roles'],
  ),
};

export const session = {
  $id: 'Session',
  ...object(
    {
      user: { $ref: 'User#' },
      accessToken: string,
      refreshToken: string,
      expiresIn: { ...integer, description: 'Seconds until the access token ends' },
    },
    ['user', 'accessToken', 'refreshToken', 'expiresIn'],
  ),
};

export const event = {
  $id: 'Event',
  ...object(
    {
      id: uuid,
      name: string,
      description: string,
      state: string,
      venue: object({ name: string, address: string, city: string, country: string }, ['name']),
      startTime: dateTime,
      ticketTypes: {
        type: 'array',
        items: object({ name: string, description: string, price: money, maxPerOrder: integer }, ['name', 'price']),
      },
      sale: object({ preQueueTime: dateTime, openTime: dateTime, closeTime: dateTime, timeZone: string }, ['openTime']),
    },
    ['id', 'name', 'state', 'ticketTypes'],
  ),
};

export const availability = {
  $id: 'Availability',
  ...object(
    {
      classes: {
        type: 'array',
        items: object({ ticketClassId: uuid, name: string, available: integer, price: money, maxPerOrder: integer }, [
          'ticketClassId',
          'name',
          'available',
          'price',
          'maxPerOrder',
        ]),
      },
      soldOut: { type: 'boolean' },
      readTime: dateTime,
    },
    ['classes', 'soldOut'],
  ),
};

export const tick = {
  $id: 'Tick',
  description: 'The room as it is for everybody. Your place minus `served` is how many are before you.',
  ...object(
    {
      eventId: string,
      epoch: { ...integer, description: 'Grows when the room is rebuilt; numbers of an older epoch are void' },
      seq: integer,
      state: { type: 'string', enum: ['NOT_ARMED', 'PRE_QUEUE', 'OPEN', 'PAUSED', 'SOLD_OUT', 'CLOSED'] },
      served: { ...integer, description: 'Places up to it may claim' },
      issued: integer,
      ratePerSecond: { type: 'number' },
      openTime: dateTime,
      shuffledCount: { ...integer, description: 'Numbers up to it were shuffled at the opening' },
      seedCommitment: { ...string, description: 'SHA-256 of the seed, published before the draw' },
      seed: { ...string, description: 'Revealed at the opening: place = permutation(seed, number, shuffledCount)' },
      message: string,
      serverTime: dateTime,
      nextTickMs: integer,
    },
    [
      'eventId',
      'epoch',
      'seq',
      'state',
      'served',
      'issued',
      'ratePerSecond',
      'shuffledCount',
      'seedCommitment',
      'nextTickMs',
    ],
  ),
};

export const joined = {
  $id: 'Joined',
  ...object({ sessionId: string, number: integer, place: integer, epoch: integer, tick: { $ref: 'Tick#' } }, [
    'sessionId',
    'number',
    'epoch',
    'tick',
  ]),
};

export const claimed = {
  $id: 'Claimed',
  ...object({ admissionToken: string, expireTime: dateTime, place: integer }, [
    'admissionToken',
    'expireTime',
    'place',
  ]),
};

export const order = {
  $id: 'Order',
  ...object(
    {
      id: string,
      code: string,
      eventId: string,
      fullName: string,
      lines: {
        type: 'array',
        items: object({ ticketClassId: string, className: string, quantity: integer, unitPrice: money }, [
          'ticketClassId',
          'quantity',
        ]),
      },
      total: money,
      state: {
        type: 'string',
        enum: ['UNSPECIFIED', 'PENDING', 'PAID', 'CANCELLED', 'EXPIRED', 'REFUNDING', 'REFUNDED', 'FAILED'],
      },
      failureReason: string,
      provider: string,
      paymentUrl: string,
      holdExpireTime: dateTime,
      tickets: {
        type: 'array',
        items: object({ id: string, ticketClassId: string, className: string, qrPayload: string }, ['id', 'qrPayload']),
      },
      language: string,
      rehearsal: { type: 'boolean' },
      createTime: dateTime,
      updateTime: dateTime,
    },
    ['id', 'code', 'eventId', 'lines', 'state', 'tickets'],
  ),
};

export const admissions = {
  $id: 'Admissions',
  ...object(
    {
      admissions: {
        type: 'array',
        items: object(
          { place: integer, number: integer, userId: string, grantTime: dateTime, servedAtGrant: integer },
          ['place', 'number', 'userId', 'grantTime', 'servedAtGrant'],
        ),
      },
      nextPageToken: string,
    },
    ['admissions', 'nextPageToken'],
  ),
};

/** How requests are checked: query text becomes numbers, and what a schema does not know is refused, not dropped. */
export const VALIDATION = { coerceTypes: true, removeAdditional: false, allErrors: false } as const;

/** Registered under their `$id`; routes refer to them as `{ $ref: 'Tick#' }`. */
export const SHARED = [problem, user, session, event, availability, tick, joined, claimed, order, admissions];

export const ref = (name: string) => ({ $ref: `${name}#` });

/** Answers of a route: the good one, and a problem for the rest. */
export function answers(status: number, schema: unknown, description = 'OK') {
  const failed = { description: 'A problem', content: { 'application/problem+json': { schema: ref('Problem') } } };
  const good = schema === null ? { type: 'null', description } : { description, ...(schema as object) };
  return { [status]: good, '4xx': failed, '5xx': failed };
}

/** The same for a route with an ETag. */
export function cacheable(schema: unknown) {
  return { ...answers(200, schema), 304: { type: 'null', description: 'As the If-None-Match says' } };
}

export const eventParams = object({ id: uuid }, ['id']);
export const orderParams = object({ id: uuid }, ['id']);

export const page = {
  pageSize: { type: 'integer', minimum: 1, maximum: 1000 },
  pageToken: { type: 'string', maxLength: 300 },
} as const;

export const signUpBody = object(
  {
    email: { type: 'string', minLength: 3, maxLength: 254 },
    password: { type: 'string', minLength: 8, maxLength: 200 },
    fullName: { type: 'string', minLength: 1, maxLength: 200 },
  },
  ['email', 'password', 'fullName'],
);
export const signInBody = object(
  { email: { type: 'string', maxLength: 254 }, password: { type: 'string', maxLength: 200 } },
  ['email', 'password'],
);
export const refreshBody = object({ refreshToken: { type: 'string', minLength: 20, maxLength: 200 } }, [
  'refreshToken',
]);

export const orderBody = object(
  {
    eventId: uuid,
    lines: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: object({ ticketClassId: uuid, quantity: { type: 'integer', minimum: 1, maximum: 1000 } }, [
        'ticketClassId',
        'quantity',
      ]),
    },
    provider: { type: 'string', enum: [...PAYMENT_PROVIDERS, 'rehearsal'] },
    admissionToken: { type: 'string', minLength: 20, maxLength: 4096 },
    fullName: { type: 'string', maxLength: 200 },
    returnUrl: { type: 'string', maxLength: 2000, pattern: '^https?://' },
    language: { type: 'string', maxLength: 35 },
  },
  ['eventId', 'lines', 'provider', 'admissionToken'],
);

export const refundBody = {
  ...object({ reason: { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,63}$' } }, []),
  type: ['object', 'null'],
};

export const idempotencyHeader = {
  type: 'object',
  properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 200 } },
} as const;

const newPassword = { type: 'string', minLength: 8, maxLength: 200 } as const;
export const passwordBody = object({ currentPassword: { type: 'string', maxLength: 200 }, newPassword }, [
  'currentPassword',
  'newPassword',
]);
export const resetBody = object({ email: { type: 'string', maxLength: 254 } }, ['email']);
export const resetConfirmBody = object({ token: { type: 'string', minLength: 20, maxLength: 200 }, newPassword }, [
  'token',
  'newPassword',
]);
export const rolesBody = object(
  {
    roles: {
      type: 'array',
      minItems: 1,
      maxItems: 4,
      uniqueItems: true,
      items: { type: 'string', enum: ['buyer', 'organiser', 'door', 'admin'] },
    },
  },
  ['roles'],
);
export const userQuery = object({ email: { type: 'string', minLength: 3, maxLength: 254 } }, ['email']);
export const sessionsAnswer = object(
  {
    sessions: {
      type: 'array',
      items: object(
        {
          id: uuid,
          userAgent: string,
          createTime: dateTime,
          lastUseTime: dateTime,
          expireTime: dateTime,
          current: { type: 'boolean', description: 'The session that asks' },
        },
        ['id', 'userAgent', 'current'],
      ),
    },
  },
  ['sessions'],
);
