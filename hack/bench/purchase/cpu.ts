import type { Shop } from '#runtime/local/shop/shop.ts';
import { cpuSecondsOf } from '../load/process-cost.ts';

/** CPU seconds that each program and store has used so far. */
export function cpuSeconds(shop: Shop): Map<string, number> {
  const { programs, backing } = shop;
  const pids: [string, number | undefined][] = [
    ['order', programs.order.pid],
    ['payment', programs.payment.pid],
    ['inventory', programs.inventory.pid],
    ['webhook', programs['webhook-1'].pid],
    ['temporal', backing.pidOf('temporal')],
    ['kafka', backing.pidOf('kafka')],
    ['dynamodb', backing.pidOf('ministack')],
  ];
  return new Map(pids.flatMap(([name, pid]) => (pid === undefined ? [] : [[name, cpuSecondsOf(pid)] as const])));
}
