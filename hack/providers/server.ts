import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { BEHAVIOURS, type Behaviour, type PayResult } from './behaviour.ts';
import { payPage } from './pay-page.ts';
import { ledgerRow, type PaymentRecord } from './payment-record.ts';
import type { PayOs } from './payos.ts';
import type { ZaloPay } from './zalopay.ts';

export interface ServerDeps {
  readonly zalopay: ZaloPay;
  readonly payos: PayOs;
}

type Fields = Readonly<Record<string, unknown>>;
interface ById {
  readonly Params: { readonly id: string };
}
interface Link {
  readonly Params: { readonly provider: string; readonly ref: string };
}

/** The providers' HTTP APIs on their real paths, the page on which people pay, and the buyers' side for programs. */
export function createProviderServer(deps: ServerDeps): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 262_144, keepAliveTimeout: 60_000, forceCloseConnections: true });
  // ZaloPay takes forms as well as JSON.
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  zaloPayRoutes(server, deps.zalopay);
  payOsRoutes(server, deps.payos);
  simulatorRoutes(server, deps);
  pageRoutes(server, deps);
  return server;
}

function zaloPayRoutes(server: FastifyInstance, zalopay: ZaloPay): void {
  // It answers 200 always; the verdict is in return_code.
  server.post('/v2/create', async (request) => zalopay.create(bodyOf(request)));
  server.post('/v2/query', async (request) => zalopay.query(bodyOf(request)));
  server.post('/v2/refund', async (request) => zalopay.refund(bodyOf(request)));
  server.post('/v2/query_refund', async (request) => zalopay.queryRefund(bodyOf(request)));
}

function payOsRoutes(server: FastifyInstance, payos: PayOs): void {
  server.register(async (api) => {
    api.addHook('onRequest', async (request, reply) => {
      if (payos.authenticated(request.headers)) return;
      await reply.code(401).send({ code: '401', desc: 'x-client-id or x-api-key is wrong', data: null });
    });
    api.post('/v2/payment-requests', async (request) => payos.create(bodyOf(request)));
    api.get<ById>('/v2/payment-requests/:id', async (request) => payos.get(request.params.id));
    api.post<ById>('/v2/payment-requests/:id/cancel', async (request) =>
      payos.cancel(request.params.id, bodyOf(request)),
    );
    api.post('/confirm-webhook', async (request, reply) => {
      const answer = await payos.confirmWebhook(bodyOf(request));
      return await reply.code(answer.code === '00' ? 200 : 400).send(answer);
    });
    api.post('/v1/payouts', async (request) => payos.payout(bodyOf(request), request.headers));
  });
}

function simulatorRoutes(server: FastifyInstance, deps: ServerDeps): void {
  const schema = {
    body: {
      type: 'object',
      required: ['provider', 'providerRef'],
      properties: {
        provider: { enum: ['zalopay', 'payos'] },
        providerRef: { type: 'string' },
        behaviour: { enum: [...BEHAVIOURS], default: 'pay' },
        delayMs: { type: 'integer', minimum: 0, maximum: 3_600_000, default: 0 },
        amount: { type: 'integer', minimum: 1 },
      },
      additionalProperties: false,
    },
  };
  interface Pay {
    readonly Body: { provider: string; providerRef: string; behaviour: Behaviour; delayMs: number; amount?: number };
  }
  server.post<Pay>('/simulator/pay', { schema }, async (request, reply) => {
    const { provider, providerRef, behaviour, delayMs, amount } = request.body;
    const link = findLink(deps, provider, providerRef);
    if (link === undefined) return await reply.code(404).send({ code: 'UNKNOWN_LINK' });
    const result = link.pay(behaviour, delayMs, amount);
    if (result.kind === 'refused') return await reply.code(409).send({ code: result.reason });
    return ledgerRow(link.record);
  });
  server.get('/simulator/payments', async () => {
    const records = [...deps.zalopay.orders(), ...deps.payos.links()].map(({ record }) => record);
    return { payments: records.map(ledgerRow) };
  });
  server.get<Link>('/simulator/payments/:provider/:ref', async (request, reply) => {
    const link = findLink(deps, request.params.provider, request.params.ref);
    return link === undefined ? await reply.code(404).send({ code: 'UNKNOWN_LINK' }) : link.record;
  });
}

function pageRoutes(server: FastifyInstance, deps: ServerDeps): void {
  server.get<Link>('/pay/:provider/:ref', async (request, reply) => {
    const link = findLink(deps, request.params.provider, request.params.ref);
    if (link === undefined) return await reply.code(404).type('text/plain').send('There is no such payment link.');
    const message = link.ended === undefined ? undefined : `This link has ended: ${link.ended}.`;
    return await reply.type('text/html').send(payPage(link.record, message, message === undefined));
  });
  server.post<Link>('/pay/:provider/:ref', async (request, reply) => {
    const link = findLink(deps, request.params.provider, request.params.ref);
    if (link === undefined) return await reply.code(404).type('text/plain').send('There is no such payment link.');
    const result = bodyOf(request).act === 'cancel' ? link.cancel() : link.pay('pay', 0, undefined);
    const next = link.returnUrl();
    if (result.kind === 'done' && next !== undefined) return await reply.redirect(next, 303);
    const message = result.kind === 'done' ? 'Done. You can close this page.' : `Refused: ${result.reason}.`;
    return await reply.type('text/html').send(payPage(link.record, message, false));
  });
}

/** What both providers' links can do. */
interface AnyLink {
  readonly record: PaymentRecord;
  /** Why nobody can pay any more; undefined while one can. */
  readonly ended: string | undefined;
  pay(behaviour: Behaviour, delayMs: number, amount: number | undefined): PayResult;
  cancel(): PayResult;
  returnUrl(): string | undefined;
}

function findLink({ zalopay, payos }: ServerDeps, provider: string, ref: string): AnyLink | undefined {
  const done: PayResult = { kind: 'done' };
  if (provider === 'zalopay') {
    const order = zalopay.order(ref);
    return (
      order && {
        record: order.record,
        ended: zalopay.endOf(order),
        pay: (behaviour, delayMs, amount) => zalopay.pay(order, { behaviour, delayMs, amount }),
        cancel: () => done, // Leaving the page changes nothing: the order stays payable until it expires.
        returnUrl: () => zalopay.returnUrl(order),
      }
    );
  }
  const link = provider === 'payos' ? payos.link(ref) : undefined;
  return (
    link && {
      record: link.record,
      ended: ['PENDING', 'UNDERPAID'].includes(payos.status(link)) ? undefined : payos.status(link),
      pay: (behaviour, delayMs, amount) => payos.pay(link, { behaviour, delayMs, amount }),
      cancel: () => {
        payos.cancel(link.paymentLinkId, {});
        return done;
      },
      returnUrl: () => payos.returnUrl(link),
    }
  );
}

function bodyOf(request: FastifyRequest): Fields {
  return typeof request.body === 'object' && request.body !== null ? (request.body as Fields) : {};
}
