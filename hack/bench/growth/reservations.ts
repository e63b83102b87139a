import { randomUUID } from 'node:crypto';
import { closedLoop } from '../load/closed-loop.ts';
import type { Inventory } from '../reserve/shop.ts';
import { median } from '../statistics.ts';
import type { Point } from './exponent.ts';

const FILLERS = 128;
const MEASURED = 200;

/** Ms of one reserve by itself, of a class of which so many are held already. */
export async function reserveCosts(inventory: Inventory, sizes: readonly number[]): Promise<Point[]> {
  const points: Point[] = [];
  const { eventId, classId } = await inventory.aClass((sizes.at(-1) ?? 0) + sizes.length * MEASURED);
  let held = 0;
  const one = async () => {
    if (!(await inventory.reserve(requestOf(eventId, classId)))) throw new Error('the class is too small');
    held++;
  };
  for (const size of sizes) {
    await closedLoop({ concurrency: FILLERS, calls: Math.max(0, size - held), call: one });
    await inventory.published();
    const { latencies } = await closedLoop({ concurrency: 1, calls: MEASURED, call: one });
    points.push({ size, cost: median([...latencies]) });
  }
  const ledger = await inventory.ledger(eventId);
  if (!ledger.balanced || ledger.reserved !== held) throw new Error(`${held} were held and ${ledger.reserved} are`);
  return points;
}

function requestOf(eventId: string, ticketClassId: string): object {
  return {
    orderId: randomUUID(),
    eventId,
    userId: randomUUID(),
    lines: [{ ticketClassId, quantity: 1 }],
    expireTime: { seconds: String(Math.floor(Date.now() / 1000) + 3_600), nanos: 0 },
    rehearsal: false,
  };
}
