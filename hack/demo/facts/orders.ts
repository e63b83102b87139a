import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { orderEventKeys } from '#proto/names.ts';

interface OrderItem {
  order_id: string;
  status: string;
  tickets?: unknown[];
  lines?: { quantity: number }[];
  total_minor?: number | bigint | string;
  rehearsal?: boolean;
}

/** A sale's orders as the table holds them. */
export async function readOrders(config: DynamoDBClientConfig, table: string, eventId: string) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const orders: {
    id: string;
    state: string;
    ticketCount: number;
    quantity: number;
    totalMinor: number;
    rehearsal: boolean;
  }[] = [];
  const pagesOf = (key: string) =>
    paginateQuery(
      { client },
      {
        TableName: table,
        IndexName: 'event_id-index',
        KeyConditionExpression: 'event_id = :event',
        ExpressionAttributeValues: { ':event': key },
      },
    );
  const readAll = async (key: string) => {
    for await (const page of pagesOf(key)) items.push(...((page.Items ?? []) as OrderItem[]));
  };
  const items: OrderItem[] = [];
  await Promise.all(orderEventKeys(eventId).map(readAll));
  for (const item of items) {
    orders.push({
      id: item.order_id,
      state: item.status,
      ticketCount: item.tickets?.length ?? 0,
      quantity: (item.lines ?? []).reduce((sum, line) => sum + Number(line.quantity), 0),
      totalMinor: Number(item.total_minor ?? 0),
      rehearsal: item.rehearsal === true,
    });
  }
  client.destroy();
  return orders;
}
