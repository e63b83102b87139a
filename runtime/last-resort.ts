import { Worker } from 'node:worker_threads';

/**
 * Kills this process after so many ms, from a thread of its own: also when its event loop no longer turns and no timer of it
 * will ever fire. Does not keep it alive.
 */
export function startLastResort(ms: number): void {
  const source = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${Math.ceil(ms)});`;
  const worker = new Worker(source, { eval: true, execArgv: [], env: {}, stdin: false });
  // Without threads left the process is on its own, as it would be without this.
  worker.on('error', () => {});
  worker.unref();
}
