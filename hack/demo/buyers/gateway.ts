import { Agent, type Dispatcher, request } from 'undici';

export interface Tick {
  readonly state: 'NOT_ARMED' | 'PRE_QUEUE' | 'OPEN' | 'PAUSED' | 'SOLD_OUT' | 'CLOSED';
  readonly epoch: number | string;
  readonly seq: number | string;
  readonly served: number | string;
  readonly issued: number | string;
  readonly shuffledCount: number | string;
  readonly seedCommitment: string;
  readonly seed?: string;
  readonly serverTime: string;
}

export interface Place {
  readonly number: number | string;
  readonly place?: number | string;
}

export interface TicketClass {
  readonly ticketClassId: string;
  readonly name: string;
  readonly available: number;
}

export interface Order {
  readonly id: string;
  readonly code: string;
  readonly state: string;
  readonly paymentUrl?: string;
  readonly total: { amountMinor: number | string; currency: string };
  readonly lines: { quantity: number; className: string }[];
  readonly tickets?: { id: string; qrPayload: string }[];
  readonly failureReason?: string;
}

/**
 * Somebody who is signed in. An access token lives a quarter of an hour and people wait longer: calls renew it when it is
 * refused, as the pages do.
 */
export interface Session {
  readonly userId: string;
  accessToken: string;
  refreshToken: string;
  renewal?: Promise<void>;
}

interface SessionAnswer {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string };
}

/** An answer that was not a success: the problem document of the gateway. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string) {
    super(`${status} ${code}: ${detail}`);
    this.status = status;
    this.code = code;
  }
}

/** What a browser would call. One shared keep-alive pool for requests; streams have sockets of their own. */
export class Gateway {
  readonly #base: string;
  readonly #calls: Agent;
  readonly #streams: Agent;

  constructor(base: string, connections: number) {
    this.#base = `${base}/api/v1`;
    this.#calls = new Agent({ connections, keepAliveTimeout: 30_000, headersTimeout: 60_000, bodyTimeout: 60_000 });
    this.#streams = new Agent({ keepAliveTimeout: 1_000, headersTimeout: 60_000, bodyTimeout: 60_000 });
  }

  async close(): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#streams.destroy()]);
  }

  async signUp(email: string, password: string, fullName: string): Promise<Session> {
    return sessionOf(await this.#json('POST', '/auth/signup', { body: { email, password, fullName } }));
  }

  async signIn(email: string, password: string): Promise<Session> {
    return sessionOf(await this.#json('POST', '/auth/signin', { body: { email, password } }));
  }

  async join(session: Session, eventId: string): Promise<Place & { tick: Tick; epoch: number | string }> {
    return await this.#json('POST', `/events/${eventId}/waitroom/join`, { session, body: {} });
  }

  /** The same for everybody, and public. */
  async tick(eventId: string): Promise<Tick> {
    return await this.#json('GET', `/events/${eventId}/waitroom/tick`, {});
  }

  async leave(session: Session, eventId: string): Promise<void> {
    await this.#json('POST', `/events/${eventId}/waitroom/leave`, { session, body: {} });
  }

  async claim(session: Session, eventId: string): Promise<{ admissionToken: string; place: number | string }> {
    return await this.#json('POST', `/events/${eventId}/waitroom/claim`, { session, body: {} });
  }

  async ticketClasses(eventId: string): Promise<TicketClass[]> {
    const answer = await this.#json<{ classes: TicketClass[] } | TicketClass[]>(
      'GET',
      `/events/${eventId}/ticket-classes`,
      {},
    );
    return Array.isArray(answer) ? answer : answer.classes;
  }

  async createOrder(session: Session, idempotencyKey: string, body: object): Promise<Order> {
    return await this.#json('POST', '/orders', { session, body, headers: { 'idempotency-key': idempotencyKey } });
  }

  async order(session: Session, orderId: string): Promise<Order> {
    return await this.#json('GET', `/orders/${orderId}`, { session });
  }

  async admissions(
    session: Session,
    eventId: string,
  ): Promise<{ place: number; number: number; userId: string; grantTime: string; servedAtGrant: number }[]> {
    const all: { place: number; number: number; userId: string; grantTime: string; servedAtGrant: number }[] = [];
    let pageToken = '';
    do {
      const page = await this.#json<{
        admissions: {
          place: number | string;
          number: number | string;
          userId: string;
          grantTime: string;
          servedAtGrant: number | string;
        }[];
        nextPageToken?: string;
      }>('GET', `/events/${eventId}/admissions?pageSize=1000&pageToken=${encodeURIComponent(pageToken)}`, { session });
      for (const row of page.admissions) {
        const { place, number, servedAtGrant } = row;
        all.push({ ...row, place: Number(place), number: Number(number), servedAtGrant: Number(servedAtGrant) });
      }
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    return all;
  }

  /** Server-sent events of the room until `signal` fires or the server ends the stream. */
  async *stream(
    session: Session,
    eventId: string,
    signal: AbortSignal,
  ): AsyncGenerator<{ event: string; data: unknown }> {
    const answer = await this.#signedIn(session, (authorization) =>
      request(`${this.#base}/events/${eventId}/waitroom/stream`, {
        dispatcher: this.#streams,
        signal,
        headers: { ...authorization, accept: 'text/event-stream' },
      }),
    );
    if (answer.statusCode !== 200) throw await problem(answer.statusCode, answer.body);
    let buffer = '';
    for await (const chunk of answer.body.setEncoding('utf8')) {
      buffer += chunk as string;
      let end = buffer.indexOf('\n\n');
      while (end >= 0) {
        const frame = parseFrame(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (frame) yield frame;
        end = buffer.indexOf('\n\n');
      }
    }
  }

  async #json<T>(
    method: 'GET' | 'POST',
    path: string,
    options: { session?: Session; body?: object; headers?: Record<string, string> },
  ): Promise<T> {
    const answer = await this.#signedIn(options.session, (authorization) =>
      request(`${this.#base}${path}`, {
        method,
        dispatcher: this.#calls,
        headers: {
          accept: 'application/json',
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...authorization,
          ...options.headers,
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      }),
    );
    if (answer.statusCode >= 400) throw await problem(answer.statusCode, answer.body);
    const text = await answer.body.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Calls once more with a new access token when the gateway takes the old one no longer. */
  async #signedIn(
    session: Session | undefined,
    call: (authorization: Record<string, string>) => Promise<Dispatcher.ResponseData>,
  ): Promise<Dispatcher.ResponseData> {
    if (session === undefined) return await call({});
    const used = session.accessToken;
    const answer = await call({ authorization: `Bearer ${used}` });
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    if (session.accessToken === used) await this.#renew(session);
    return await call({ authorization: `Bearer ${session.accessToken}` });
  }

  /** A refresh token is good for one use, and two uses look like theft: calls of one session share one renewal. */
  async #renew(session: Session): Promise<void> {
    const { refreshToken } = session;
    session.renewal ??= this.#json<SessionAnswer>('POST', '/auth/refresh', { body: { refreshToken } })
      .then((next) => {
        session.accessToken = next.accessToken;
        session.refreshToken = next.refreshToken;
      })
      .finally(() => {
        delete session.renewal;
      });
    await session.renewal;
  }
}

function sessionOf({ user, accessToken, refreshToken }: SessionAnswer): Session {
  return { userId: user.id, accessToken, refreshToken };
}

async function problem(status: number, body: { text(): Promise<string> }): Promise<GatewayError> {
  const text = await body.text();
  try {
    const document = JSON.parse(text) as { code?: string; detail?: string; title?: string };
    return new GatewayError(status, document.code ?? 'UNKNOWN', document.detail ?? document.title ?? text);
  } catch {
    return new GatewayError(status, 'UNKNOWN', text.slice(0, 200));
  }
}

function parseFrame(text: string): { event: string; data: unknown } | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).trim());
  }
  if (data.length === 0) return undefined;
  return { event, data: JSON.parse(data.join('\n')) };
}
