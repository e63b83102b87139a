import type { Queryable } from '#runtime/pg.ts';
import type { HeldLine, ReserveAnswer, ReserveCommand } from '../domain/reservation.ts';

interface Known {
  readonly state: string;
  readonly expireTime: string | null;
  readonly lines: Readonly<Record<string, Pick<HeldLine, 'quantity' | 'priceMinor' | 'currency'>>> | null;
}

interface Row {
  readonly verdicts: ReserveAnswer['verdict'][];
  readonly subjects: (string | null)[];
  readonly known: Readonly<Record<string, Known>> | null;
  readonly classes: Readonly<Record<string, Pick<HeldLine, 'name' | 'priceMinor' | 'currency'>>> | null;
  readonly lock_ms: number;
}

export interface ReservedBatch {
  /** In the batch's order. */
  readonly answers: readonly ReserveAnswer[];
  /** How long the statement waited for the locks of its classes. */
  readonly lockMs: number;
}

/** Holds stock for a batch (order ids unique in it) in one round trip and one transaction. */
export async function reserveBatch(db: Queryable, batch: readonly ReserveCommand[]): Promise<ReservedBatch> {
  const lines = batch.flatMap(({ lines: wanted }, index) =>
    Object.entries(wanted).map(([id, quantity]) => ({ of: index + 1, id, quantity })),
  );
  const { rows } = await db.query<Row>({
    name: 'inventory_reserve',
    text: 'SELECT verdicts, subjects, known, classes, lock_ms FROM inventory_reserve($1, $2, $3, $4, $5, $6, $7, $8)',
    values: [
      plainArray(batch.map(({ orderId }) => orderId)),
      plainArray(batch.map(({ eventId }) => eventId)),
      batch.map(({ userId }) => userId),
      plainArray(batch.map(({ rehearsal }) => rehearsal)),
      plainArray(batch.map(({ expireTime }) => expireTime)),
      plainArray(lines.map(({ of }) => of)),
      plainArray(lines.map(({ id }) => id)),
      plainArray(lines.map(({ quantity }) => quantity)),
    ],
  });
  const row = rows[0];
  if (row?.verdicts.length !== batch.length) throw new Error('inventory_reserve left requests without verdict');
  return { answers: batch.map((command, index) => answerOf(row, command, index)), lockMs: row.lock_ms };
}

/** An array as Postgres reads it, of what needs no quotes: UUIDs, numbers, instants. The driver would look at every letter. */
function plainArray(values: readonly (string | number | boolean)[]): string {
  return `{${values.join()}}`;
}

function answerOf({ verdicts, subjects, known, classes }: Row, command: ReserveCommand, index: number): ReserveAnswer {
  const verdict = verdicts[index] ?? 'BUSY';
  const subject = subjects[index] ?? '';
  const before = known?.[command.orderId];
  const held = verdict === 'RESERVED' || verdict === 'CONFIRMED';
  if (!held) return { verdict, subject, lines: [], expireTimeMs: undefined };
  const lines = Object.entries(command.lines).map(([id, quantity]) => {
    const described = classes?.[id];
    if (described === undefined) throw new Error(`inventory_reserve held a class that it did not describe: ${id}`);
    // The price of the first reserve stands, whatever the class costs by now.
    return { id, quantity, ...described, ...before?.lines?.[id] };
  });
  lines.sort((a, b) => (a.name < b.name ? -1 : 1));
  // An ended hold that was taken anew has the end that was asked for now.
  const kept = before !== undefined && before.state !== 'EXPIRED' ? before.expireTime : null;
  return { verdict, subject, lines, expireTimeMs: Date.parse(kept ?? command.expireTime) };
}
