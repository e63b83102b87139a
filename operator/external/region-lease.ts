import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { StreamPosition } from './region-stores.ts';

/** Which region serves. `term` grows with every change of the holder, so an old holder can be told from a new one. */
export interface RegionLease {
  readonly holder: string;
  readonly term: number;
  /** Unix ms; when the holder last said that it serves. */
  readonly renewedMs: number;
  /** The holder has stepped down: nobody writes any more. */
  readonly released: boolean;
  /** Where its stores ended then, by name; an operator from before this says nothing. */
  readonly ends?: Readonly<Record<string, StreamPosition>> | undefined;
}

const KEY = { order_id: { S: 'region#active' } };

/**
 * The one place that both regions agree in: an item of the orders table, which is there in either and without which nobody can
 * sell. Written only on condition of the term and holder that were read, so of two who want it at once one is refused. A global
 * table with eventual consistency settles such a race by the later write; the loser reads back another holder and gives way.
 */
export function regionLease(client: DynamoDBClient, table: string) {
  return {
    async read(abortSignal: AbortSignal): Promise<RegionLease | undefined> {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }), {
        abortSignal,
      });
      if (Item?.['holder']?.S === undefined) return undefined;
      return {
        holder: Item['holder'].S,
        term: Number(Item['term']?.N),
        renewedMs: Number(Item['renewed_ms']?.N),
        released: Item['released']?.BOOL === true,
        ends: Item['ends']?.M === undefined ? undefined : endsOf(Item['ends'].M),
      };
    },
    /** False when somebody else wrote it since `seen` was read. */
    async write(next: RegionLease, seen: RegionLease | undefined, abortSignal: AbortSignal): Promise<boolean> {
      const condition =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(order_id)' }
          : {
              ConditionExpression: '#term = :term AND #holder = :holder',
              ExpressionAttributeNames: { '#term': 'term', '#holder': 'holder' },
              ExpressionAttributeValues: { ':term': { N: String(seen.term) }, ':holder': { S: seen.holder } },
            };
      const item = {
        ...KEY,
        holder: { S: next.holder },
        term: { N: String(next.term) },
        renewed_ms: { N: String(next.renewedMs) },
        released: { BOOL: next.released },
        ...(next.ends === undefined ? {} : { ends: { M: itemOf(next.ends) } }),
      };
      try {
        await client.send(new PutItemCommand({ TableName: table, Item: item, ...condition }), { abortSignal });
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}

function itemOf(ends: Readonly<Record<string, StreamPosition>>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(ends).map(([store, { stream, offset }]) => [
      store,
      { M: { stream: { S: stream }, offset: { N: String(offset) } } },
    ]),
  );
}

function endsOf(item: Record<string, AttributeValue>): Record<string, StreamPosition> {
  return Object.fromEntries(
    Object.entries(item).map(([store, { M }]) => [
      store,
      { stream: M?.['stream']?.S ?? '', offset: BigInt(M?.['offset']?.N ?? 0) },
    ]),
  );
}
