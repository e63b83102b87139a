import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '#runtime/clock.ts';
import { unavailable } from '#runtime/errors.ts';
import { toIso } from '#runtime/timestamp.ts';
import type { Scan, ScanOutcome, ScanVerdict } from '../domain/scan.ts';

export interface ScanTableDeps {
  readonly dynamo: DynamoDBDocumentClient;
  readonly table: string;
  readonly clock: Clock;
}

/** Several gates may read one ticket at the same moment; each try looks anew. */
const TRIES = 6;

/**
 * Who is inside, in the orders table without the keys of its indexes: `inside#<ticket>` has the last passage, `scan#<ticket>#<nonce>`
 * the verdict on one scan. A passage and its verdict are one write, so that a nonce counts once and two gates never let one
 * ticket in twice.
 */
export class ScanTable {
  readonly #deps: ScanTableDeps;

  constructor(deps: ScanTableDeps) {
    this.#deps = deps;
  }

  /** The verdict given earlier on this nonce. Consistent. */
  async verdictOf(ticketId: string, nonce: string): Promise<ScanVerdict | undefined> {
    const item = await this.#get(verdictKey(ticketId, nonce));
    if (item === undefined) return undefined;
    return { outcome: item['outcome'] as ScanOutcome, previous: readScan(item['previous']) };
  }

  /** Counts a passage, or says why not. */
  async pass(ticketId: string, nonce: string, scannerId: string, scan: Scan): Promise<ScanVerdict> {
    for (let tries = 0; tries < TRIES; tries++) {
      const verdict =
        (await this.#tryPass(ticketId, nonce, scannerId, scan)) ??
        (await this.#refuse(ticketId, nonce, scannerId, scan));
      if (verdict !== undefined) return verdict;
    }
    throw unavailable('SCAN_BUSY', 'this ticket is being scanned elsewhere, scan again');
  }

  async #tryPass(ticketId: string, nonce: string, scannerId: string, scan: Scan): Promise<ScanVerdict | undefined> {
    const outcome: ScanOutcome = scan.direction === 'in' ? 'ADMITTED' : 'LEFT';
    const { table, dynamo } = this.#deps;
    try {
      await dynamo.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: { TableName: table, ...fresh(this.#verdictItem(ticketId, nonce, scannerId, scan, outcome)) } },
            {
              Put: {
                TableName: table,
                Item: { order_id: insideKey(ticketId), ...scanFields(scan), direction: scan.direction },
                ConditionExpression:
                  scan.direction === 'in' ? 'attribute_not_exists(order_id) OR #d = :out' : '#d = :in',
                ExpressionAttributeNames: { '#d': 'direction' },
                ExpressionAttributeValues: scan.direction === 'in' ? { ':out': 'out' } : { ':in': 'in' },
              },
            },
          ],
        }),
      );
      return { outcome, previous: undefined };
    } catch (error) {
      // Either condition, or another gate at the same moment: what is so is read next.
      if (error instanceof TransactionCanceledException) return await this.verdictOf(ticketId, nonce);
      throw error;
    }
  }

  /** Writes a refusal down, so that asking again gets it again; undefined when the ticket may pass after all. */
  async #refuse(ticketId: string, nonce: string, scannerId: string, scan: Scan): Promise<ScanVerdict | undefined> {
    const last = await this.#get(insideKey(ticketId));
    const inside = last?.['direction'] === 'in';
    if (inside !== (scan.direction === 'in')) return undefined;
    const verdict: ScanVerdict = { outcome: inside ? 'ALREADY_INSIDE' : 'NOT_INSIDE', previous: readScan(last) };
    const item = this.#verdictItem(ticketId, nonce, scannerId, scan, verdict.outcome);
    try {
      const previous = verdict.previous && { ...scanFields(verdict.previous), direction: verdict.previous.direction };
      await this.#deps.dynamo.send(
        new PutCommand({ TableName: this.#deps.table, ...fresh({ ...item, ...(previous && { previous }) }) }),
      );
      return verdict;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return await this.verdictOf(ticketId, nonce);
      throw error;
    }
  }

  #verdictItem(ticketId: string, nonce: string, scannerId: string, scan: Scan, outcome: ScanOutcome) {
    return {
      order_id: verdictKey(ticketId, nonce),
      outcome,
      direction: scan.direction,
      scanner_id: scannerId,
      ...scanFields(scan),
      received_at: toIso(this.#deps.clock.now()),
    };
  }

  async #get(key: string): Promise<Record<string, unknown> | undefined> {
    const { dynamo, table } = this.#deps;
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: table, Key: { order_id: key }, ConsistentRead: true }),
    );
    return Item;
  }
}

const insideKey = (ticketId: string) => `inside#${ticketId}`;
const verdictKey = (ticketId: string, nonce: string) => `scan#${ticketId}#${nonce}`;
const fresh = (Item: Record<string, unknown>) => ({ Item, ConditionExpression: 'attribute_not_exists(order_id)' });
const scanFields = ({ gate, atMs }: Scan) => ({ gate, scanned_at: toIso(atMs) });

function readScan(raw: unknown): Scan | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { gate, direction, scanned_at } = raw as Record<string, unknown>;
  return { gate: String(gate), direction: direction === 'out' ? 'out' : 'in', atMs: Date.parse(String(scanned_at)) };
}
