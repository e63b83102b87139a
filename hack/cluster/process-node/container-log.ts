import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

const MAX_BYTES = 20 * 1024 * 1024;

/**
 * One life of a container on disk, in the format that the real kubelet reads: `<time> stdout F <line>`. Beyond 20 MiB the
 * older half goes to `<file>.1`.
 */
export class ContainerLog {
  readonly path: string;
  #out: WriteStream;
  #bytes: number;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#bytes = existsSync(path) ? statSync(path).size : 0;
    this.#out = open(path);
  }

  /** Takes what the process prints, line by line. */
  take(stream: Readable, name: 'stdout' | 'stderr'): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) this.#write(lines, name);
    });
    stream.on('end', () => {
      if (rest !== '') this.#write([rest], name);
    });
    stream.on('error', () => {}); // The process is gone; what it printed is kept.
  }

  /** Resolves when everything is on disk. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#out.end(() => resolve()));
  }

  #write(lines: readonly string[], name: string): void {
    const now = new Date().toISOString().replace('Z', '000000Z');
    const text = lines.map((line) => `${now} ${name} F ${line}\n`).join('');
    this.#bytes += text.length;
    if (this.#bytes > MAX_BYTES) {
      this.#out.end();
      renameSync(this.path, `${this.path}.1`);
      this.#out = open(this.path);
      this.#bytes = text.length;
    }
    this.#out.write(text);
  }
}

function open(path: string): WriteStream {
  const out = createWriteStream(path, { flags: 'a', mode: 0o600 });
  out.on('error', () => {}); // A full disk must not end the node; the pods go on.
  return out;
}

export interface LogQuery {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  /** RFC 3339 or undefined. */
  readonly since: string | undefined;
  readonly limitBytes: number | undefined;
}

/** Text of a log as `kubectl logs` shows it. While `alive` says so, it goes on with what comes. */
export async function* readLog(
  path: string,
  query: LogQuery,
  alive: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let offset = 0;
  let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
  const show = (line: string): string | undefined => {
    const [time = '', , , ...words] = line.split(' ');
    if (query.since !== undefined && time < query.since) return undefined;
    return `${query.timestamps ? `${time} ` : ''}${words.join(' ')}\n`;
  };
  const take = function* (lines: readonly string[]) {
    for (const line of lines) {
      const text = show(line);
      if (text === undefined) continue;
      const cut = text.slice(0, left);
      left -= cut.length;
      if (cut !== '') yield cut;
      if (left <= 0) return;
    }
  };
  const first = await linesFrom(path, 0);
  offset = first.end;
  yield* take(
    query.tailLines === undefined ? first.lines : query.tailLines === 0 ? [] : first.lines.slice(-query.tailLines),
  );
  while (query.follow && left > 0 && !signal.aborted) {
    const over = !alive();
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < offset) offset = 0; // A new file took its place.
    if (size > offset) {
      const next = await linesFrom(path, offset);
      offset = next.end;
      yield* take(next.lines);
    } else if (over) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whole lines from a byte offset on, and the offset behind the last of them. */
async function linesFrom(path: string, offset: number): Promise<{ lines: string[]; end: number }> {
  if (!existsSync(path)) return { lines: [], end: 0 };
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start: offset })) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const whole = bytes.lastIndexOf(10) + 1;
  const text = bytes.subarray(0, whole).toString('utf8');
  return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), end: offset + whole };
}
