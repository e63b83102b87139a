import { ConfigError } from './config.ts';
import { startLastResort } from './last-resort.ts';
import type { Logger } from './log.ts';
import { Readiness } from './readiness.ts';

/** 0: asked to stop and did. 1: could not start, or crashed. 2: configuration. 3: asked to stop, but the drain overran. */
export const EXIT = { ok: 0, failed: 1, misconfigured: 2, drainOverran: 3 } as const;

/** Shutdown limits until a program that no longer reacts is killed; 30 s of the usual 25. */
const LAST_RESORT = 1.2;

/** What `start` registers for the way down, besides the disposable stack. */
export interface Program {
  readonly readiness: Readiness;
  /** Step 2, stop taking in: close listeners, pause consumers. `signal` aborts in the same moment. */
  stopIntake(step: () => Promise<void> | void): void;
  /** Step 3, finish what was taken in. The signal aborts when time is up. */
  drain(step: (signal: AbortSignal) => Promise<void>): void;
  /** Step 4, hand over what is buffered: producers, outbox, telemetry. */
  flush(step: (signal: AbortSignal) => Promise<void>): void;
  /** Ends the program with exit code 1 because a part it cannot live without is gone. */
  fail(error: unknown): void;
}

export interface ProgramOptions {
  readonly name: string;
  readonly log: Logger;
  readonly readiness?: Readiness;
  /**
   * Builds everything. What is put on the stack (stores, clients) is closed last, in reverse order. `signal` aborts when
   * the program stops taking in work: loops run until then. Returns when the program is up.
   */
  readonly start: (stack: AsyncDisposableStack, signal: AbortSignal, program: Program) => Promise<void>;
  /** Between not ready and stop intake, for load balancers to notice. 0 unless told; 5 s in a cluster is usual. */
  readonly drainDelayMs?: number;
  /** For all steps together, the delay apart. Keep below the pod's terminationGracePeriodSeconds. 25 s unless told. */
  readonly shutdownMs?: number;
}

/**
 * Runs a program until SIGTERM, SIGINT or a crash and ends the process with the code of `EXIT`. Order on the way down:
 * not ready, stop intake, drain with a deadline, flush, close stores. A second signal ends it at once.
 */
export async function runProgram(options: ProgramOptions): Promise<never> {
  const { name, log } = options;
  const readiness = options.readiness ?? new Readiness();
  const stack = new AsyncDisposableStack();
  const intake = new AbortController();
  const steps = { stopIntake: [] as Step[], drain: [] as Step[], flush: [] as Step[] };
  const stopping = Promise.withResolvers<{ code: number; why: string }>();

  const crash = (error: unknown, kind: string) => {
    log.fatal({ err: error }, `${name}: ${kind}`);
    stopping.resolve({ code: EXIT.failed, why: kind });
  };
  // A state nobody foresaw is not a state to go on from: tell loudly, then leave by the same ordered way.
  process.on('unhandledRejection', (error) => crash(error, 'unhandled rejection'));
  process.on('uncaughtException', (error) => crash(error, 'uncaught exception'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    let seen = false;
    process.on(signal, () => {
      if (seen) process.exit(signal === 'SIGINT' ? 130 : 143);
      seen = true;
      stopping.resolve({ code: EXIT.ok, why: signal });
    });
  }

  const program: Program = {
    readiness,
    stopIntake: (step) => void steps.stopIntake.push(async () => step()),
    drain: (step) => void steps.drain.push(step),
    flush: (step) => void steps.flush.push(step),
    fail: (error) => crash(error, 'a part it needs has failed'),
  };

  const starting = options.start(stack, intake.signal, program).then(
    () => {
      readiness.set('started', true);
      log.info(`${name}: started`);
    },
    (error: unknown) => {
      if (intake.signal.aborted) return;
      if (error instanceof ConfigError) {
        log.fatal(`${name}: ${error.message}`);
        stopping.resolve({ code: EXIT.misconfigured, why: 'configuration' });
      } else crash(error, 'could not start');
    },
  );

  const { code, why } = await stopping.promise;
  log.info({ why }, `${name}: stopping`);
  readiness.beginDrain();
  if (code === EXIT.ok && options.drainDelayMs) await new Promise((r) => setTimeout(r, options.drainDelayMs));
  const limitMs = options.shutdownMs ?? 25_000;
  const overran = setTimeout(() => {
    log.error({ limitMs }, `${name}: shutdown overran its time, leaving with work unfinished`);
    process.exit(code === EXIT.ok ? EXIT.drainOverran : code);
  }, limitMs);
  overran.unref();
  // A timer needs an event loop that turns. A program that is stuck in one call has grown to many gigabytes instead of ending.
  startLastResort(limitMs * LAST_RESORT);
  // Steps get their signal a little earlier, so that stores can still be closed in time.
  const deadline = AbortSignal.timeout(limitMs * 0.8);
  intake.abort(new Error('the program is stopping'));
  let clean = true;
  for (const phase of [steps.stopIntake, steps.drain, steps.flush]) {
    const results = await Promise.allSettled(phase.map((step) => step(deadline)));
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      clean = false;
      log.error({ err: result.reason }, `${name}: a shutdown step failed`);
    }
  }
  // A start that is still going on sees the aborted signal; the stack must not be closed under it.
  await Promise.race([starting, aborted(deadline)]);
  try {
    await stack.disposeAsync();
  } catch (error) {
    clean = false;
    log.error({ err: error }, `${name}: closing failed`);
  }
  const exitCode = code !== EXIT.ok ? code : clean ? EXIT.ok : deadline.aborted ? EXIT.drainOverran : EXIT.failed;
  log.info({ exitCode }, `${name}: stopped`);
  process.exit(exitCode);
}

type Step = (signal: AbortSignal) => Promise<void>;

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
