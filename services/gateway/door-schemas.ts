import { dateTime, object, string, uuid } from './schemas.ts';

/* What scanners at the door send and get. */

const gate = { type: 'string', pattern: '^[\\w .-]{1,64}$', description: 'Which gate or scanner this is' } as const;
const direction = { type: 'string', enum: ['in', 'out'] } as const;
const qr = { type: 'string', minLength: 1, maxLength: 4096, description: 'What the QR code says' } as const;
const nonce = {
  type: 'string',
  pattern: '^[\\w.:-]{8,64}$',
  description: 'Made by the scanner for this scan; sending it again gets the same answer and counts once',
} as const;

export const OUTCOMES = [
  'ADMITTED',
  'LEFT',
  'ALREADY_INSIDE',
  'NOT_INSIDE',
  'FORGED',
  'OTHER_EVENT',
  'NOT_VALID',
  'REFUNDED',
] as const;

const entry = { gate: string, direction, scannedAt: dateTime };

export const scanResult = {
  $id: 'ScanResult',
  ...object(
    {
      nonce: string,
      outcome: { type: 'string', enum: OUTCOMES },
      accepted: { type: 'boolean', description: 'ADMITTED or LEFT: open the gate' },
      conflict: {
        type: 'boolean',
        description:
          'The scanner decided offline to open the gate and should not have: two people hold this ticket, or it is not valid',
      },
      replayed: { type: 'boolean', description: 'This nonce was here before; nothing was counted again' },
      ticket: object({ id: uuid, orderId: uuid, eventId: uuid, className: string, holder: string }, ['id', 'eventId']),
      previous: {
        ...object(entry, ['gate', 'direction', 'scannedAt']),
        description: 'The scan that stands against this one',
      },
    },
    ['nonce', 'outcome', 'accepted', 'conflict', 'replayed'],
  ),
};

export const doorKeys = {
  $id: 'DoorKeys',
  type: 'object',
  description: 'Ed25519 public keys (JWKS) that verify `TB1.<kid>.<claims>.<signature>` without a network',
  properties: {
    keys: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
  required: ['keys'],
  additionalProperties: false,
} as const;

export const DOOR_SHARED = [scanResult, doorKeys];

const scan = { qr, direction, nonce, scannedAt: dateTime };

export const scanBody = object({ eventId: uuid, gate, ...scan }, [
  'eventId',
  'gate',
  'qr',
  'direction',
  'nonce',
  'scannedAt',
]);

/** Scans made while offline, oldest first. */
export const scansBody = object(
  {
    eventId: uuid,
    gate,
    scans: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      items: object({ ...scan, opened: { type: 'boolean', description: 'Whether the scanner opened the gate' } }, [
        'qr',
        'direction',
        'nonce',
        'scannedAt',
        'opened',
      ]),
    },
  },
  ['eventId', 'gate', 'scans'],
);

export const scansAnswer = object(
  {
    results: { type: 'array', items: { $ref: 'ScanResult#' } },
    conflicts: { type: 'integer', description: 'How many results are conflicts: call a supervisor' },
  },
  ['results', 'conflicts'],
);
