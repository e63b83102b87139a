import { DeleteCommand, type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { toIso } from '#runtime/timestamp.ts';
import { type Notice, noticeKey, noticeOf } from './outbox-item.ts';

/** The notices of the orders table that were not told yet. They are written by OrderTable. */
export class OrderOutbox {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #table: string;

  constructor({ dynamo, table }: { readonly dynamo: DynamoDBDocumentClient; readonly table: string }) {
    this.#dynamo = dynamo;
    this.#table = table;
  }

  /** The oldest of one key that were written before `beforeMs`. */
  async waiting(key: string, beforeMs: number, limit: number): Promise<readonly { notice: Notice; sinceMs: number }[]> {
    const { Items } = await this.#dynamo.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: 'event_id-index',
        KeyConditionExpression: 'event_id = :key AND #time < :before',
        ExpressionAttributeNames: { '#time': 'status' },
        ExpressionAttributeValues: { ':key': key, ':before': toIso(beforeMs) },
        Limit: limit,
      }),
    );
    return (Items ?? []).map((item) => ({ notice: noticeOf(item), sinceMs: Date.parse(String(item['status'])) }));
  }

  /** The broker has it. */
  async told(notice: Notice): Promise<void> {
    await this.#dynamo.send(new DeleteCommand({ TableName: this.#table, Key: { order_id: noticeKey(notice) } }));
  }
}
