import { setTimeout as delay } from 'node:timers/promises';

/** Where the name of the shop leads to now; undefined: nowhere. */
export type Endpoint = () => string | undefined;

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token: string;
  readonly key?: string;
  readonly body?: string;
  /** Codes of problems that are an answer as well. */
  readonly turns?: readonly string[];
  /** Codes of problems that pass by themselves. */
  readonly passes?: readonly string[];
}

export type Answer<T> =
  | { readonly kind: 'answer'; readonly body: T; readonly by: string }
  | { readonly kind: 'turned'; readonly code: string };

/** A buyer who waited in vain: since when, for what, and each thing that came back, with who said it and how often. */
export interface Unanswered {
  readonly sinceMs: number;
  readonly asked: string;
  readonly heard: Readonly<Record<string, number>>;
}

/** A buyer asks again with the same key until answered. */
export const PATIENCE_MS = 6 * 60_000;
const ANSWER_MS = 30_000;

/** Asks a shop as a patient buyer does: again and again, wherever its name leads. */
export class Asking implements Disposable {
  readonly unanswered: Unanswered[] = [];
  /** Problems that nobody should have had, each with how often it came. */
  readonly refusals = new Map<string, number>();
  readonly #endpoint: Endpoint;
  #gone = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** undefined: never answered. */
  async insist<T>(ask: Ask): Promise<Answer<T> | undefined> {
    const sinceMs = Date.now();
    const heard: Record<string, number> = {};
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end && !this.#gone; ) {
      const by = this.#endpoint();
      const got = by === undefined ? 'no endpoint' : await once<T>(by, ask);
      if (typeof got !== 'string') return got;
      const what = by === undefined ? got : `${by} ${got}`;
      heard[what] = (heard[what] ?? 0) + 1;
      await delay(500 + 1_500 * Math.random());
    }
    if (!this.#gone) this.unanswered.push({ sinceMs, asked: `${ask.method} ${ask.path}`, heard });
    for (const [what, times] of Object.entries(heard)) if (/ 4(?!29)\d\d /.test(what)) this.#refused(what, times);
    return undefined;
  }

  /** Nobody waits any longer. */
  [Symbol.dispose](): void {
    this.#gone = true;
  }

  #refused(what: string, times: number): void {
    this.refusals.set(what, (this.refusals.get(what) ?? 0) + times);
  }
}

/** The answer, or what came in place of one. */
async function once<T>(by: string, ask: Ask): Promise<Answer<T> | string> {
  const { method, path, token, key, body, turns = [], passes = [] } = ask;
  try {
    const answer = await fetch(`${by}/api/v1${path}`, {
      ...{ method, signal: AbortSignal.timeout(ANSWER_MS) },
      headers: {
        ...{ authorization: `Bearer ${token}`, accept: 'application/json' },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (answer.ok) return { kind: 'answer', body: JSON.parse(text) as T, by };
    const code = codeIn(text);
    if (turns.includes(code)) return { kind: 'turned', code };
    return passes.includes(code) ? `passes ${code}` : `${answer.status} ${code}`;
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return cause?.code ?? name;
  }
}

/** The code of a problem; what is not one comes from nobody of ours. */
function codeIn(text: string): string {
  try {
    return (JSON.parse(text) as { code?: string }).code ?? '';
  } catch {
    return 'not a problem';
  }
}
