import { request } from 'node:http';

/** What buyers receive; the fields that tests look at. */
export interface SseEvent {
  readonly event: string;
  readonly data: {
    readonly number?: number;
    readonly place?: number;
    readonly state?: string;
    readonly served: number;
    readonly epoch: number;
    readonly seed?: string;
    readonly serverTime: string;
  };
}

/** Opens a stream of server-sent events; ends with it, and closes it on `return`. Throws when it is refused. */
export async function openStream(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<AsyncGenerator<SseEvent, undefined, unknown>> {
  const outgoing = request(url, { headers, agent: false });
  const answered = new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  outgoing.end();
  const response = await answered;
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(`the stream was refused with ${response.statusCode}`);
  }
  response.setEncoding('utf8');
  return read();

  async function* read(): AsyncGenerator<SseEvent, undefined, unknown> {
    let text = '';
    try {
      for await (const chunk of response) {
        text += chunk;
        const frames = text.split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) {
          const fields = Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
          if (fields['event'] !== undefined) yield { event: fields['event'], data: JSON.parse(fields['data'] ?? '{}') };
        }
      }
      return undefined;
    } finally {
      outgoing.destroy();
    }
  }
}
