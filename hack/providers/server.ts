import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { BEHAVIOURS, type Behaviour, CREATE_FAULTS, type CreateFault, type PayResult } from './behaviour.ts';
import { payPage } from './pay-page.ts';
import { ledgerRow, type PaymentRecord } from './payment-record.ts';
import type { PayOs } from './payos.ts';
import { REFUND_OUTCOMES, type RefundOutcome, type VnPay } from './vnpay.ts';
import type { ZaloPay } from './zalopay.ts';

export interface ServerDeps {
  readonly zalopay: ZaloPay;
  readonly payos: PayOs;
  readonly vnpay: VnPay;
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
  const faults = createFaults(server, deps);
  zaloPayRoutes(server, deps.zalopay, faults);
  payOsRoutes(server, deps.payos, faults);
  vnPayRoutes(server, deps.vnpay);
  simulatorRoutes(server, deps);
  pageRoutes(server, deps);
  return server;
}

type Faulty = (
  provider: 'zalopay' | 'payos',
  ref: unknown,
  create: () => Fields,
  reply: FastifyReply,
) => Promise<unknown>;

/** `POST /simulator/misbehave {provider, create, times}`: how the next links are not made as they should be; `none` forgets. */
function createFaults(server: FastifyInstance, deps: ServerDeps): Faulty {
  const planned = { zalopay: [] as CreateFault[], payos: [] as CreateFault[] };
  const schema = {
    body: {
      type: 'object',
      required: ['provider', 'create'],
      properties: {
        provider: { enum: ['zalopay', 'payos'] },
        create: { enum: [...CREATE_FAULTS, 'none'] },
        times: { type: 'integer', minimum: 1, maximum: 1000, default: 1 },
      },
      additionalProperties: false,
    },
  };
  interface Misbehave {
    readonly Body: { provider: 'zalopay' | 'payos'; create: CreateFault | 'none'; times: number };
  }
  server.post<Misbehave>('/simulator/misbehave', { schema }, async ({ body }) => {
    const { provider, create, times } = body;
    const before = planned[provider].length;
    if (create === 'none') planned[provider].length = 0;
    else planned[provider].push(...Array.from({ length: times }, () => create));
    return { planned: planned[provider].length, forgotten: create === 'none' ? before : 0 };
  });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());
  return async (provider, ref, create, reply) => {
    const fault = planned[provider].shift();
    if (fault === 'unavailable') return await reply.code(503).send({ code: '503', desc: 'unavailable', data: null });
    if (fault === 'too-many-calls')
      return await reply.code(429).send({ code: '429', desc: 'too many calls', data: null });
    const answer = create();
    if (fault === 'timeout')
      await Promise.race([new Promise((resolve) => reply.raw.once('close', resolve)), pause(60_000)]);
    if (fault === 'early-callback') {
      findLink(deps, provider, String(ref))?.pay('pay', 0, undefined);
      await pause(300);
    }
    return answer;
  };
}

function zaloPayRoutes(server: FastifyInstance, zalopay: ZaloPay, faulty: Faulty): void {
  // It answers 200 always; the verdict is in return_code.
  server.post('/v2/create', async (request, reply) => {
    const body = bodyOf(request);
    return await faulty('zalopay', body.app_trans_id, () => zalopay.create(body), reply);
  });
  server.post('/v2/query', async (request) => zalopay.query(bodyOf(request)));
  server.post('/v2/refund', async (request) => zalopay.refund(bodyOf(request)));
  server.post('/v2/query_refund', async (request) => zalopay.queryRefund(bodyOf(request)));
}

function payOsRoutes(server: FastifyInstance, payos: PayOs, faulty: Faulty): void {
  server.register(async (api) => {
    api.addHook('onRequest', async (request, reply) => {
      if (payos.authenticated(request.headers)) return;
      await reply.code(401).send({ code: '401', desc: 'x-client-id or x-api-key is wrong', data: null });
    });
    api.post('/v2/payment-requests', async (request, reply) => {
      const body = bodyOf(request);
      return await faulty('payos', body.orderCode, () => payos.create(body), reply);
    });
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

/** The page is the API here: a link is made when somebody opens its signed URL. */
function vnPayRoutes(server: FastifyInstance, vnpay: VnPay): void {
  server.get('/paymentv2/vpcpay.html', async (request, reply) => {
    const order = vnpay.open(request.query as Record<string, string>);
    if (typeof order === 'string') return await reply.code(400).type('text/plain').send(`VNPay: ${order}`);
    return await reply.redirect(`/pay/vnpay/${order.record.providerRef}`, 303);
  });
  server.post('/merchant_webapi/api/transaction', async (request) => vnpay.api(bodyOf(request)));
  // VNPay's people do this for a merchant.
  server.post('/simulator/vnpay-ipn', async (request, reply) => {
    const { url } = bodyOf(request);
    if (typeof url !== 'string' || !URL.canParse(url)) return await reply.code(400).send({ code: 'BAD_URL' });
    vnpay.setIpnUrl(url);
    return { url };
  });
  // What its banks do with refunds, those under way included.
  const body = { type: 'object', required: ['outcome'], properties: { outcome: { enum: [...REFUND_OUTCOMES] } } };
  server.post<{ Body: { outcome: RefundOutcome } }>(
    '/simulator/vnpay-refunds',
    { schema: { body } },
    async (request) => {
      vnpay.refundOutcome = request.body.outcome;
      return { outcome: vnpay.refundOutcome };
    },
  );
}

function simulatorRoutes(server: FastifyInstance, deps: ServerDeps): void {
  const schema = {
    body: {
      type: 'object',
      required: ['provider', 'providerRef'],
      properties: {
        provider: { enum: ['zalopay', 'payos', 'vnpay'] },
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
    const records = [...deps.zalopay.orders(), ...deps.payos.links(), ...deps.vnpay.orders()].map(
      ({ record }) => record,
    );
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

/** What all providers' links can do. */
interface AnyLink {
  readonly record: PaymentRecord;
  /** Why nobody can pay any more; undefined while one can. */
  readonly ended: string | undefined;
  pay(behaviour: Behaviour, delayMs: number, amount: number | undefined): PayResult;
  cancel(): PayResult;
  returnUrl(): string | undefined;
}

function findLink({ zalopay, payos, vnpay }: ServerDeps, provider: string, ref: string): AnyLink | undefined {
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
  if (provider === 'vnpay') {
    const order = vnpay.order(ref);
    return (
      order && {
        record: order.record,
        ended: vnpay.endOf(order),
        pay: (behaviour, delayMs, amount) => vnpay.pay(order, { behaviour, delayMs, amount }),
        cancel: () => vnpay.pay(order, { behaviour: 'fail', delayMs: 0, amount: undefined }),
        returnUrl: () => vnpay.returnUrl(order),
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
