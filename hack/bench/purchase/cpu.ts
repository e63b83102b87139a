import { readFileSync } from 'node:fs';
import type { Shop } from '#runtime/local/shop/shop.ts';

const TICKS_PER_SECOND = 100;

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
  return new Map(pids.flatMap(([name, pid]) => (pid === undefined ? [] : [[name, secondsOf(pid)] as const])));
}

function secondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
