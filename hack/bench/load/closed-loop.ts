export interface LoadOptions {
  /** Calls that are under way at any moment. */
  readonly concurrency: number;
  /** Calls in all. */
  readonly calls: number;
  /** Throws when the answer is wrong; the whole load then fails. */
  readonly call: (index: number) => Promise<void>;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly seconds: number;
  /** Ms of each call, in the order of their index. */
  readonly latencies: Float64Array;
}

/** A fixed number of callers, each sending its next call when its last was answered. */
export async function closedLoop({ concurrency, calls, call }: LoadOptions): Promise<LoadResult> {
  const latencies = new Float64Array(calls);
  let next = 0;
  const caller = async () => {
    for (;;) {
      const index = next++;
      if (index >= calls) return;
      const start = performance.now();
      await call(index);
      latencies[index] = performance.now() - start;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: Math.min(concurrency, calls) }, caller));
  const seconds = (performance.now() - start) / 1000;
  return { perSecond: calls / seconds, seconds, latencies };
}
