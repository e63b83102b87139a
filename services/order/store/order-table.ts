import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { orderEventKeys } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { invalidArgument, unavailable } from '#runtime/errors.ts';
import { toIso } from '#runtime/timestamp.ts';
import { COMES_FROM, type Order, type OrderState, type Ticket } from '../domain/order.ts';
import { fromItem, type StoredOrder, toItem } from './order-item.ts';
import { type Notice, noticeItem } from './outbox-item.ts';

export interface OrderTableDeps {
  readonly dynamo: DynamoDBDocumentClient;
  readonly table: string;
  readonly clock: Clock;
}

export interface OrderPage {
  readonly orders: readonly StoredOrder[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/**
 * The table `ticketbottle-orders`. Every write carries the condition under which it may happen, so retries and races end in
 * the same item. Admission tokens that were used stand in the same table as `token#<jti>`, without the keys of the indexes.
 */
export class OrderTable {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor({ dynamo, table, clock }: OrderTableDeps) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#clock = clock;
  }

  /** Consistent: what was written before is seen. */
  async get(orderId: string): Promise<StoredOrder | undefined> {
    const { Item } = await this.#dynamo.send(
      new GetCommand({ TableName: this.#table, Key: { order_id: orderId }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : fromItem(Item);
  }

  /** Writes an order that is not there yet; false when it is there: it stays as it is. */
  create(order: Order & { readonly returnUrl: string }): Promise<boolean> {
    return this.#unless(
      new PutCommand({
        TableName: this.#table,
        Item: toItem(order),
        ConditionExpression: 'attribute_not_exists(order_id)',
      }),
    );
  }

  /**
   * Moves an order if it may; returns the state it is in afterwards, undefined when there is no such order. The notice is in the
   * outbox if and only if this call moved it.
   */
  async move(orderId: string, to: OrderState, reason: string, notice?: Notice): Promise<OrderState | undefined> {
    const from = COMES_FROM[to];
    const names = from.map((_, index) => `:from${index}`);
    const moved = await this.#with(notice, {
      TableName: this.#table,
      Key: { order_id: orderId },
      UpdateExpression: 'SET #status = :to, failure_reason = :reason, updated_at = :now',
      ConditionExpression: `#status IN (${names.join(', ')})`,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':to': to,
        ':reason': reason,
        ':now': toIso(this.#clock.now()),
        ...Object.fromEntries(from.map((state, index) => [`:from${index}`, state])),
      },
    });
    return moved ? to : (await this.get(orderId))?.state;
  }

  /** The end of a hold that was taken anew before there was a link. */
  async storeHold(orderId: string, expireTimeMs: number): Promise<void> {
    await this.#unless(
      new UpdateCommand({
        TableName: this.#table,
        Key: { order_id: orderId },
        UpdateExpression: 'SET hold_expires_at = :hold, updated_at = :now',
        ConditionExpression: 'payment_url = :empty AND hold_expires_at < :hold',
        ExpressionAttributeValues: { ':hold': toIso(expireTimeMs), ':empty': '', ':now': toIso(this.#clock.now()) },
      }),
    );
  }

  /** Once; with the notice that the order exists, which is in the outbox if and only if this was written. */
  async storePaymentUrl(orderId: string, url: string, notice: Notice | undefined): Promise<void> {
    await this.#with(notice, {
      TableName: this.#table,
      Key: { order_id: orderId },
      UpdateExpression: 'SET payment_url = :url, updated_at = :now',
      ConditionExpression: 'attribute_exists(order_id) AND payment_url = :empty',
      ExpressionAttributeValues: { ':url': url, ':empty': '', ':now': toIso(this.#clock.now()) },
    });
  }

  /**
   * Tickets, PAID and the notice of them in one write, once and for all. Returns the state the order is in afterwards, and
   * whether these are its tickets because of this call.
   */
  async issue(
    orderId: string,
    tickets: readonly Ticket[],
    notice: Notice,
  ): Promise<{ readonly state: OrderState | undefined; readonly fresh: boolean }> {
    const from = COMES_FROM.PAID;
    const issued = await this.#with(notice, {
      TableName: this.#table,
      Key: { order_id: orderId },
      UpdateExpression:
        'SET #status = :paid, tickets = :tickets, failure_reason = :none, updated_at = :now, paid_at = :now',
      ConditionExpression: `attribute_not_exists(tickets) AND #status IN (${from.map((_, index) => `:from${index}`).join(', ')})`,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':paid': 'PAID',
        ':none': '',
        ':now': toIso(this.#clock.now()),
        ':tickets': tickets.map((ticket) => ({
          id: ticket.id,
          ticket_class_id: ticket.ticketClassId,
          class_name: ticket.className,
          qr_payload: ticket.qrPayload,
        })),
        ...Object.fromEntries(from.map((state, index) => [`:from${index}`, state])),
      },
    });
    return { state: issued ? 'PAID' : (await this.get(orderId))?.state, fresh: issued };
  }

  async deleteRehearsal(orderId: string): Promise<void> {
    await this.#unless(
      new DeleteCommand({
        TableName: this.#table,
        Key: { order_id: orderId },
        ConditionExpression: 'attribute_not_exists(order_id) OR rehearsal = :yes',
        ExpressionAttributeValues: { ':yes': true },
      }),
    );
  }

  /**
   * Ties an admission token to the order that uses it. Returns the order it is tied to: another one than `orderId` means
   * that the token is used up.
   */
  async useToken(jti: string, orderId: string, tokenExpireTimeMs: number): Promise<string> {
    const key = `token#${jti}`;
    const used = await this.#unless(
      new PutCommand({
        TableName: this.#table,
        Item: { order_id: key, used_by: orderId, expires_at: Math.ceil(tokenExpireTimeMs / 1000) + 86_400 },
        ConditionExpression: 'attribute_not_exists(order_id) OR used_by = :me',
        ExpressionAttributeValues: { ':me': orderId },
      }),
    );
    if (used) return orderId;
    const { Item } = await this.#dynamo.send(
      new GetCommand({ TableName: this.#table, Key: { order_id: key }, ConsistentRead: true }),
    );
    return String(Item?.['used_by'] ?? '');
  }

  /** Hands a token from an order that got nothing to the buyer's next one; false when somebody else was faster. */
  handToken(jti: string, fromOrderId: string, toOrderId: string): Promise<boolean> {
    return this.#unless(
      new UpdateCommand({
        TableName: this.#table,
        Key: { order_id: `token#${jti}` },
        UpdateExpression: 'SET used_by = :to',
        ConditionExpression: 'used_by = :from',
        ExpressionAttributeValues: { ':from': fromOrderId, ':to': toOrderId },
      }),
    );
  }

  /** Puts a message aside that cannot be handled. */
  async park(
    id: string,
    message: { readonly topic: string; readonly value: string; readonly reason: string },
  ): Promise<void> {
    const parked_at = toIso(this.#clock.now());
    await this.#dynamo.send(
      new PutCommand({ TableName: this.#table, Item: { order_id: `parked#${id}`, parked_at, ...message } }),
    );
  }

  /** An account's orders, newest first. */
  listByUser(userId: string, limit: number, pageToken: string): Promise<OrderPage> {
    return this.#page(['user_id', 'created_at'], [userId], undefined, limit, pageToken, false);
  }

  /** An event's orders, of one state when given. The index may be a moment behind. */
  listByEvent(eventId: string, state: OrderState | undefined, limit: number, pageToken: string): Promise<OrderPage> {
    return this.#page(['event_id', 'status'], orderEventKeys(eventId), state, limit, pageToken, true);
  }

  /** Goes through the keys one after another; a page may hold items of several. */
  async #page(
    [keyName, sortName]: readonly [key: string, sort: string],
    keys: readonly string[],
    state: OrderState | undefined,
    limit: number,
    pageToken: string,
    forward: boolean,
  ): Promise<OrderPage> {
    const start = readPageToken(pageToken, [keyName, sortName, 'order_id'], keys, state);
    const orders: StoredOrder[] = [];
    let at = start === undefined ? 0 : keys.indexOf(String(start[keyName]));
    let from = start === undefined || start['order_id'] === undefined ? undefined : start;
    while (at < keys.length) {
      const { Items, LastEvaluatedKey } = await this.#dynamo.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: `${keyName}-index`,
          KeyConditionExpression: state === undefined ? '#key = :key' : '#key = :key AND #status = :state',
          ExpressionAttributeNames: { '#key': keyName, ...(state === undefined ? {} : { '#status': 'status' }) },
          ExpressionAttributeValues: { ':key': keys[at], ...(state === undefined ? {} : { ':state': state }) },
          Limit: limit - orders.length,
          ScanIndexForward: forward,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      orders.push(...(Items ?? []).map(fromItem));
      from = LastEvaluatedKey;
      if (from === undefined) at++;
      if (orders.length >= limit) break;
    }
    const next = from ?? (at < keys.length ? { [keyName]: keys[at] } : undefined);
    const nextPageToken = next === undefined ? '' : Buffer.from(JSON.stringify(next)).toString('base64url');
    return { orders, nextPageToken };
  }

  /** An update and its notice, both or none. False when the update's condition did not hold. */
  async #with(
    notice: Notice | undefined,
    update: NonNullable<NonNullable<TransactWriteCommandInput['TransactItems']>[number]['Update']>,
  ): Promise<boolean> {
    if (notice === undefined) return this.#unless(new UpdateCommand(update));
    const item = noticeItem(notice, this.#clock.now());
    try {
      await this.#dynamo.send(
        new TransactWriteCommand({
          TransactItems: [{ Update: update }, { Put: { TableName: this.#table, Item: item } }],
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      if (error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed') return false;
      throw unavailable('ORDERS_BUSY', 'somebody else is writing this order', { cause: error });
    }
  }

  /** False when the condition did not hold. */
  async #unless(command: PutCommand | UpdateCommand | DeleteCommand): Promise<boolean> {
    try {
      // The three commands have one signature; the union only hides that from the compiler.
      await this.#dynamo.send(command as PutCommand);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

/**
 * A token is only good for the list it came from: it must not show another account's orders, nor ask the table for what it
 * would take for our fault.
 */
function readPageToken(
  token: string,
  names: readonly [key: string, ...others: string[]],
  keys: readonly string[],
  state: OrderState | undefined,
): Record<string, unknown> | undefined {
  if (token === '') return undefined;
  try {
    const start: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof start === 'object' && start !== null) {
      const fields = start as Record<string, unknown>;
      const given = Object.keys(fields);
      // The key alone: the list goes on at the beginning of that key.
      const whole = given.length === 1 || given.length === names.length;
      const ours = given.every((name) => names.includes(name) && typeof fields[name] === 'string');
      const ofState = state === undefined || fields['status'] === undefined || fields['status'] === state;
      if (whole && ours && ofState && keys.includes(String(fields[names[0]]))) return fields;
    }
  } catch {
    // Falls through: the same answer for every token that is not ours.
  }
  throw invalidArgument('INVALID_PAGE_TOKEN', 'page_token is not of this list', { details: { field: 'page_token' } });
}
