import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { Kubectl } from './kubectl.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

interface Conditioned {
  metadata: { generation: number };
  status?: { observedGeneration?: number; conditions?: Condition[] };
}

/** Waits until an object's Ready condition is True for its newest generation; `note` hears what it waits for. */
export async function waitReady<T extends Conditioned>(
  kubectl: Kubectl,
  resource: string,
  name: string,
  namespace: string,
  options: { timeoutMs: number; note: (text: string) => void; signal: AbortSignal },
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let last = 'nothing has been reported yet';
  while (Date.now() < deadline) {
    options.signal.throwIfAborted();
    const object = await kubectl.json<T>(['get', resource, name, '-n', namespace]);
    const conditions = object.status?.conditions ?? [];
    const ready = conditions.find((condition) => condition.type === 'Ready');
    const current = object.status?.observedGeneration === object.metadata.generation;
    if (current && ready?.status === 'True') return object;
    const stalled = conditions.find((condition) => condition.type === 'Stalled' && condition.status === 'True');
    if (current && stalled !== undefined)
      throw new SetupError(`${resource} ${name} is stalled: ${stalled.reason}: ${stalled.message}`);
    if (ready !== undefined) last = `${ready.reason}: ${ready.message}`;
    options.note(last);
    await delay(1_500, undefined, { signal: options.signal });
  }
  throw new SetupError(`${resource} ${name} was not Ready after ${options.timeoutMs / 1000} s; last word: ${last}`);
}
