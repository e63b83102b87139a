/** One run of the function on a machine without Lambda: for benchmarks and faults. Environment: as the function's. */
import { handler } from './handler.ts';

const endMs = performance.now() + 60_000;
await handler({}, { getRemainingTimeInMillis: () => Math.floor(endMs - performance.now()) }); // whole ms, as Lambda says it
process.exit(0);
