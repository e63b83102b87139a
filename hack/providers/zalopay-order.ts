import type { PaymentRecord } from './payment-record.ts';
import { vietnamDay } from './vietnam-time.ts';

export interface ZaloPayOrder {
  /** The create request as it came. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly record: PaymentRecord;
}

const FIFTEEN_MINUTES_MS = 15 * 60_000;
const REQUIRED = [
  'app_id',
  'app_user',
  'app_trans_id',
  'app_time',
  'amount',
  'item',
  'embed_data',
  'description',
  'mac',
];
const MAX_LENGTH = { app_user: 50, app_trans_id: 40, item: 2048, embed_data: 1024, description: 256 };

/** What is wrong with a create request, apart from its mac; undefined when nothing is. */
export function createProblem(
  body: Readonly<Record<string, unknown>>,
  appId: string,
  nowMs: number,
): string | undefined {
  for (const name of REQUIRED) if (body[name] === undefined || body[name] === '') return `${name} is missing`;
  if (String(body.app_id) !== appId) return 'app_id is unknown';
  for (const [name, length] of Object.entries(MAX_LENGTH)) {
    const value = body[name];
    if (typeof value !== 'string') return `${name} must be a string`;
    if (value.length > length) return `${name} is longer than ${length}`;
  }
  if (!String(body.app_trans_id).startsWith(`${vietnamDay(nowMs)}_`)) {
    return `app_trans_id must start with ${vietnamDay(nowMs)}_`;
  }
  if (Math.abs(Number(body.app_time) - nowMs) > FIFTEEN_MINUTES_MS) return 'app_time is not within 15 minutes';
  if (!Number.isSafeInteger(Number(body.amount)) || Number(body.amount) <= 0) return 'amount must be a positive number';
  if (!Array.isArray(parsed(body.item))) return 'item must be a JSON array';
  const embedded = parsed(body.embed_data);
  if (typeof embedded !== 'object' || embedded === null || Array.isArray(embedded))
    return 'embed_data must be a JSON object';
  const seconds = Number(body.expire_duration_seconds ?? 900);
  if (!Number.isInteger(seconds) || seconds < 300 || seconds > 2_592_000) {
    return 'expire_duration_seconds must be from 300 to 2592000';
  }
  return undefined;
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
