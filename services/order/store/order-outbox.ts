import { BatchWriteCommand, type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { toIso } from '#runtime/timestamp.ts';
import { type Notice, noticeKey, noticeOf } from './outbox-item.ts';

/** What one call may take away. */
const BATCH = 25;
const GATHER_MS = 100;

/** The notices of the orders table that were not told yet. They are written by OrderTable. */
export class OrderOutbox {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

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
    return (Items ?? []).flatMap((item) => {
      const notice = noticeOf(item);
      return notice === undefined ? [] : [{ notice, sinceMs: Date.parse(String(item['status'])) }];
    });
  }

  /** The broker has it: it goes away soon, with others. One that does not get away is told again, which is harmless. */
  told(notice: Notice): void {
    this.#told.add(noticeKey(notice));
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), GATHER_MS);
  }

  /** Takes away what was told so far. Throws when the table cannot be reached; the sweep finds the rest. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const keys = [...this.#told];
    this.#told.clear();
    for (let from = 0; from < keys.length; from += BATCH) {
      const requests = keys.slice(from, from + BATCH).map((order_id) => ({ DeleteRequest: { Key: { order_id } } }));
      await this.#dynamo.send(new BatchWriteCommand({ RequestItems: { [this.#table]: requests } }));
    }
  }
}
