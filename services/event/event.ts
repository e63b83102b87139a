import { isDeepStrictEqual } from 'node:util';
import type { Money } from '#runtime/money.ts';

export const STATES = ['DRAFT', 'CONFIGURED', 'APPROVED', 'PUBLISHED', 'CANCELLED'] as const;
export type EventStateName = (typeof STATES)[number];

export interface Venue {
  readonly name: string;
  readonly address: string;
  readonly city: string;
  /** ISO 3166-1 alpha-2, or empty. */
  readonly country: string;
}

export interface TicketType {
  readonly name: string;
  readonly description: string;
  readonly price: Money;
  readonly maxPerOrder: number;
}

/** When the sale opens and closes, Unix ms. */
export interface SaleWindow {
  readonly preQueueMs: number;
  readonly openMs: number;
  readonly closeMs: number;
  readonly timeZone: string;
}

/** What its owner may write. */
export interface EventContent {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly venue: Venue | undefined;
  readonly startMs: number | undefined;
  readonly ticketTypes: readonly TicketType[];
  readonly sale: SaleWindow | undefined;
  readonly organiserId: string;
}

export interface StoredEvent extends EventContent {
  readonly state: EventStateName;
  readonly createMs: number;
  readonly updateMs: number;
}

/** Whether everything is there that a sale needs: only then may it be approved. */
export function isComplete(content: EventContent): boolean {
  const { venue, startMs, sale, ticketTypes } = content;
  return venue !== undefined && startMs !== undefined && sale !== undefined && ticketTypes.length > 0;
}

/** Whether writing `next` over `stored` would change anything. */
export function sameContent(stored: StoredEvent, next: EventContent): boolean {
  const { state: _state, createMs: _created, updateMs: _updated, ...content } = stored;
  return isDeepStrictEqual(content, next);
}

/** The state after new content. Approval and publication stand; a draft follows its content. */
export function stateAfterUpsert(
  before: EventStateName | undefined,
  content: EventContent,
): EventStateName | 'REFUSED' {
  if (before === 'CANCELLED') return 'REFUSED';
  if (before === 'APPROVED' || before === 'PUBLISHED') return isComplete(content) ? before : 'REFUSED';
  return isComplete(content) ? 'CONFIGURED' : 'DRAFT';
}

export type Command = 'approve' | 'publish' | 'cancel';

/** The state a command leads to; the present one when it was done already; 'REFUSED' when it cannot come from here. */
export function stateAfter(command: Command, before: EventStateName): EventStateName | 'REFUSED' {
  return TRANSITIONS[command][before] ?? 'REFUSED';
}

const TRANSITIONS: Readonly<Record<Command, Readonly<Partial<Record<EventStateName, EventStateName>>>>> = {
  approve: { CONFIGURED: 'APPROVED', APPROVED: 'APPROVED', PUBLISHED: 'PUBLISHED' },
  publish: { APPROVED: 'PUBLISHED', PUBLISHED: 'PUBLISHED' },
  cancel: {
    DRAFT: 'CANCELLED',
    CONFIGURED: 'CANCELLED',
    APPROVED: 'CANCELLED',
    PUBLISHED: 'CANCELLED',
    CANCELLED: 'CANCELLED',
  },
};
