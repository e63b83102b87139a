import type { Shop } from '#runtime/local/shop/shop.ts';
import type { Books, Finding } from './audit.ts';
import type { Bookkeeper } from './bookkeeper.ts';
import type { DynamoProxy } from './dynamo-proxy.ts';
import type { Load } from './load.ts';
import type { TcpProxy } from './tcp-proxy.ts';

export interface FaultContext {
  readonly shop: Shop;
  readonly load: Load;
  readonly books: Bookkeeper;
  readonly dynamo: DynamoProxy;
  /** Stands before Redis, and its address. */
  readonly redis: TcpProxy;
  readonly redisAddress: string;
  readonly eventId: string;
  readonly classId: string;
  readonly short: boolean;
  /** The first length, or the second in the short form; in ms. */
  readonly lasting: (ms: number, shortMs: number) => number;
  readonly say: (text: string) => void;
}

/** One thing that goes wrong while people buy. */
export interface Fault {
  readonly number: number;
  readonly name: string;
  readonly title: string;
  /** Part of `all --short`. */
  readonly inShort?: true;
  /** Tickets of the sale; plenty unless said. */
  readonly stock?: number;
  /** Kafka brokers beside which it runs; one unless said. */
  readonly brokers?: 3;
  /** Laid over the environment of the order service for this fault. */
  readonly orderEnv?: Readonly<Record<string, string>>;
  /** What the books must show for the fault to have struck at all: one sentence for what is missing. */
  proves?(books: Books): string | undefined;
  /** Does it, under load, and says what was hit, or found besides the books. Throws when the moment was never hit. */
  run(context: FaultContext): Promise<string | { readonly note: string; readonly findings: readonly Finding[] }>;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function until(what: string, holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await pause(25);
  }
}

/** Stops a server of the backing where it stands. */
export function freezeServer(shop: Shop, name: string): () => void {
  const pid = shop.backing.pidOf(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGSTOP');
  return () => void process.kill(pid, 'SIGCONT');
}
