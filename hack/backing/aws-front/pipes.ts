import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { callerOf } from './caller.ts';
import { newPipe, type PipeDefinition, PipesError, updatedPipe } from './pipe-definition.ts';
import { runPipe } from './pipe-runner.ts';

export interface PipesDeps {
  /** File that keeps the pipes over a restart of the front. */
  readonly stateFile: string;
  readonly awsEndpoint: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** All pipes of this endpoint, and what runs for those that are RUNNING. */
export class Pipes {
  readonly #deps: PipesDeps;
  readonly #pipes = new Map<string, PipeDefinition>();
  readonly #runners = new Map<string, { stop(): Promise<void> }>();
  /** Changes of one pipe happen one after another: a stop must be over before the next start joins the same group. */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(deps: PipesDeps) {
    this.#deps = deps;
    for (const pipe of readState(deps.stateFile)) {
      this.#pipes.set(pipe.Arn, pipe);
      this.#schedule(pipe.Arn);
    }
  }

  list(arnPrefix: string): PipeDefinition[] {
    return [...this.#pipes.values()]
      .filter(({ Arn }) => Arn.startsWith(arnPrefix))
      .toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  get(arn: string): PipeDefinition {
    const pipe = this.#pipes.get(arn);
    if (pipe === undefined) {
      throw new PipesError(404, 'NotFoundException', `Pipe ${arn.slice(arn.lastIndexOf('/') + 1)} does not exist.`);
    }
    return pipe;
  }

  create(name: string, body: Record<string, unknown>, authorization: string | undefined): PipeDefinition {
    const pipe = newPipe(name, body, callerOf(authorization), this.#seconds());
    if (this.#pipes.has(pipe.Arn)) throw new PipesError(409, 'ConflictException', `Pipe ${name} already exists.`);
    return this.#put(pipe, 'run anew');
  }

  update(arn: string, body: Record<string, unknown>): PipeDefinition {
    return this.#put(updatedPipe(this.get(arn), body, this.#seconds()), 'run anew');
  }

  tag(arn: string, set: Readonly<Record<string, string>>, remove: readonly string[]): void {
    const pipe = this.get(arn);
    const tags = Object.entries({ ...pipe.Tags, ...set }).filter(([name]) => !remove.includes(name));
    this.#put({ ...pipe, Tags: Object.fromEntries(tags) }, 'leave running');
  }

  delete(arn: string): PipeDefinition {
    const pipe = this.get(arn);
    this.#pipes.delete(arn);
    this.#save();
    this.#schedule(arn);
    return pipe;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()]);
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()));
  }

  #put(pipe: PipeDefinition, how: 'run anew' | 'leave running'): PipeDefinition {
    this.#pipes.set(pipe.Arn, pipe);
    this.#save();
    if (how === 'run anew') this.#schedule(pipe.Arn);
    return pipe;
  }

  #schedule(arn: string): void {
    const before = this.#queues.get(arn) ?? Promise.resolve();
    const next = before
      .then(() => this.#restart(arn))
      .catch((error: unknown) => this.#deps.log.error({ err: error, arn }, 'pipe could not be changed'));
    this.#queues.set(arn, next);
  }

  async #restart(arn: string): Promise<void> {
    await this.#runners.get(arn)?.stop();
    this.#runners.delete(arn);
    const pipe = this.#pipes.get(arn);
    if (pipe?.DesiredState !== 'RUNNING') return;
    const onReason = (reason: string) => this.#explain(arn, reason);
    const log = this.#deps.log.child({ pipe: pipe.Name });
    this.#runners.set(arn, runPipe(pipe, { ...this.#deps, log, onReason }));
  }

  #explain(arn: string, StateReason: string): void {
    const pipe = this.#pipes.get(arn);
    if (pipe === undefined || pipe.StateReason === StateReason) return;
    this.#pipes.set(arn, { ...pipe, StateReason });
    if (StateReason !== '') this.#deps.log.warn({ pipe: pipe.Name, reason: StateReason }, 'pipe stands still');
  }

  #save(): void {
    const { stateFile } = this.#deps;
    writeFileSync(`${stateFile}.new`, JSON.stringify([...this.#pipes.values()]));
    renameSync(`${stateFile}.new`, stateFile);
  }

  #seconds(): number {
    return Math.floor(this.#deps.clock.now() / 1000);
  }
}

function readState(file: string): PipeDefinition[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PipeDefinition[]; // Written by #save only.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
