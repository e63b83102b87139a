import type { Readable } from 'node:stream';
import { KubeApiError, KubeConnectionError } from './api-error.ts';

/** A bookmark's object has nothing but its resourceVersion. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/**
 * Splits the body of a watch into events. Ends when the server closes it; throws KubeApiError for an ERROR event (410
 * among them) and KubeConnectionError when the connection breaks.
 */
export async function* readWatchLines<T>(
  body: Readable,
  name: string,
  signal?: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      const known = rest.length; // No line ends in there: a big object comes in many chunks.
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      let start = 0;
      for (let end = rest.indexOf('\n', known); end !== -1; end = rest.indexOf('\n', start)) {
        const line = rest.slice(start, end);
        start = end + 1;
        if (line !== '') yield parse<T>(line, name);
      }
      rest = rest.slice(start);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof KubeApiError) throw error;
    throw new KubeConnectionError(name, error, false);
  } finally {
    // Also when the consumer stopped reading: the socket must not linger. Errors after that interest nobody.
    body.on('error', () => {});
    body.destroy();
  }
  // A last line without its end was cut off in the middle; what it said comes again after the resume.
}

function parse<T>(line: string, name: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  if (event.type === 'ERROR') {
    const status = event.object as { code?: number };
    throw new KubeApiError(name, status.code ?? 500, event.object);
  }
  return event as WatchEvent<T>; // The API server's own shape.
}
