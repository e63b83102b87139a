import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import type { Clock } from '#runtime/clock.ts';
import { notFound } from '#runtime/errors.ts';
import type { Logger } from '#runtime/log.ts';
import { httpRequestDuration, type Registry } from '#runtime/metrics.ts';
import type { Redis } from '#runtime/redis.ts';
import type { JSONWebKeySet } from '#runtime/tokens.ts';
import { isTracing, openSpan } from '#runtime/tracing.ts';
import type { Access } from './access.ts';
import type { Clients } from './clients.ts';
import { DOOR_SHARED } from './door-schemas.ts';
import { ORGANISER_SHARED } from './organiser-schemas.ts';
import type { PaymentProvider } from './payment-providers.ts';
import { sendProblem } from './problem.ts';
import { problemResponses } from './problem-codes.ts';
import { type RateOptions, registerRateLimits, UNLIMITED } from './rate-limits.ts';
import type { Revocations } from './revocations.ts';
import { accountRoutes } from './routes/accounts.ts';
import { authRoutes } from './routes/auth.ts';
import { doorRoutes } from './routes/door.ts';
import { eventRoutes } from './routes/events.ts';
import { keyRoutes } from './routes/keys.ts';
import { orderRoutes } from './routes/orders.ts';
import { organiserRoutes } from './routes/organiser.ts';
import { pageRoutes } from './routes/pages.ts';
import { ticketQrRoutes } from './routes/ticket-qr.ts';
import { waitroomRoutes } from './routes/waitroom.ts';
import { SHARED, VALIDATION } from './schemas.ts';
import { dataHeaders, securityHeaders } from './security-headers.ts';
import type { SharedRate } from './shared-rate.ts';
import { createSigninDelay } from './signin-delay.ts';
import type { TickStreams } from './tick-streams.ts';
import type { ReadTicketFile } from './ticket-files.ts';

export interface AppDeps {
  readonly clients: Clients;
  readonly access: Access;
  readonly streams: TickStreams;
  readonly redis: Redis;
  readonly rates: SharedRate;
  readonly revocations: Pick<Revocations, 'revoke'>;
  readonly readTicketFile: ReadTicketFile | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Told of every route as it is registered; for tests that must know them all. */
  readonly onRoute?: (route: RouteOptions) => void;
  /** Folder of the pages. */
  readonly pagesFolder: string;
  readonly options: Omit<RateOptions, 'redis' | 'rates'> & {
    readonly version: string | undefined;
    readonly publicUrl: string | undefined;
    readonly trustProxy: string | undefined;
    readonly corsOrigins: readonly string[];
    readonly accessJwks: JSONWebKeySet;
    readonly ticketJwks: JSONWebKeySet;
    readonly signinFailuresPerIp: number;
    readonly paymentProviders: readonly PaymentProvider[];
  };
}

const BODY_LIMIT_BYTES = 64 * 1024;
const API = '/api/v1';

/** The whole HTTP side, assembled and not yet listening. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { options, log, clock } = deps;
  const app = fastify({
    // One line per request would be most of what this process does under load: metrics count, failures are logged.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustOf(options.trustProxy),
    requestIdHeader: false,
    genReqId: (request) => acceptedId(request.headers['x-request-id']) ?? randomUUID(),
    // Receiving a request; streams are answers and have no such limit.
    requestTimeout: 15_000,
    // Node looks for requests over their time only every half minute unless told.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    ajv: { customOptions: VALIDATION },
  });
  const { onRoute } = deps;
  if (onRoute) app.addHook('onRoute', onRoute);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('traceparent', '');
  app.decorateRequest('span', undefined);
  const duration = httpRequestDuration(deps.metrics);

  // Hooks with `done`: a promise for each of them would cost more than most of what they do.
  const ofPages = securityHeaders({
    https: options.publicUrl?.startsWith('https:') ?? false,
    shared: options.corsOrigins.length > 0,
  });
  const ofData = dataHeaders(ofPages);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.url.startsWith(API) ? ofData : ofPages).header('x-request-id', request.id);
    if (isTracing()) {
      const route = request.routeOptions.url ?? 'unknown';
      request.span = openSpan(`${request.method} ${route}`, {
        kind: 'server',
        parent: acceptedId(request.headers['traceparent']),
        attributes: { 'http.request.method': request.method, 'http.route': route, request_id: request.id },
      });
      request.traceparent = request.span.traceparent;
    }
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { route, method: request.method, status: String(reply.statusCode) };
    duration.observe(labels, reply.elapsedTime / 1000);
    request.span?.set({ 'http.response.status_code': reply.statusCode });
    request.span?.end(reply.statusCode >= 500 ? `answered ${reply.statusCode}` : undefined);
    done();
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, log));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      notFound('NO_SUCH_ROUTE', `there is no ${request.method} ${request.url.split('?')[0]}`),
      request,
      reply,
      log,
    ),
  );

  // Where no other site may call, there is nothing to tell browsers.
  if (options.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: options.corsOrigins.includes('*') ? '*' : [...options.corsOrigins],
      allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'x-request-id'],
      exposedHeaders: ['etag', 'retry-after', 'x-request-id'],
      maxAge: 600,
    });
  }
  // Bodies are JSON or nothing; an empty one with a JSON content type is what many clients send for "no arguments".
  app.removeContentTypeParser('application/json');
  const parse = app.getDefaultJsonParser('remove', 'remove');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    parse(request, body as string, (error, value) => {
      if (error) return done(Object.assign(error, { statusCode: 400, code: 'INVALID_JSON' }));
      done(null, value);
    });
  });
  await registerDocs(app, options);
  for (const schema of [...SHARED, ...ORGANISER_SHARED, ...DOOR_SHARED]) app.addSchema(schema);

  const limits = await registerRateLimits(app, { ...options, redis: deps.redis, rates: deps.rates });
  await app.register(
    async (api) => {
      const delay = createSigninDelay(deps.redis, options.signinFailuresPerIp);
      authRoutes(api, { ...deps, limits, delay });
      accountRoutes(api, { ...deps, limits, delay });
      eventRoutes(api, { ...deps, limits, clock });
      waitroomRoutes(api, { ...deps, limits, clock });
      orderRoutes(api, { ...deps, limits, clock });
      ticketQrRoutes(api, { ...deps, limits });
      organiserRoutes(api, { ...deps, limits, clock });
      doorRoutes(api, { ...deps, limits, ticketJwks: options.ticketJwks });
    },
    { prefix: API },
  );
  pageRoutes(app, { ...deps, providers: options.paymentProviders });
  keyRoutes(app, options.accessJwks);
  await app.ready();
  return app;
}

/** `/api/openapi.json` (3.1) and a page to try calls at `/api/docs`. */
async function registerDocs(
  app: FastifyInstance,
  { version, publicUrl }: Pick<AppDeps['options'], 'version' | 'publicUrl'>,
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'TicketBottle API',
        version: version ?? 'dev',
        description: 'Waiting rooms, orders and tickets. Failures are `application/problem+json`.',
      },
      components: { securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    // Fastify answers by classes of status; who reads the document wants each with its codes.
    transform: ({ schema, url }) => {
      const { '4xx': known, '5xx': _broken, ...good } = (schema?.response ?? {}) as Record<string, object>;
      if (known === undefined) return { schema, url };
      return { schema: { ...schema, response: { ...problemResponses(schema as object), ...good } }, url };
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json['$id'] ?? `schema-${i}`) },
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: true,
    transformStaticCSP: (header) => {
      // The page draws with inline styles; scripts stay those that it names by their hash.
      const drawn = header.replace(/style-src ([^;]*)/, "style-src $1 'unsafe-inline'");
      return publicUrl?.startsWith('https:') ? drawn : drawn.replace(/upgrade-insecure-requests;?/, '');
    },
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
  });
  app.get('/api/openapi.json', { schema: { hide: true }, config: UNLIMITED }, async () => app.swagger());
}

/** A number of hops, or a list of addresses; not set: the peer is the client. */
function trustOf(text: string | undefined): string | false | ((address: string, hop: number) => boolean) {
  if (text === undefined) return false;
  return /^\d+$/.test(text) ? (_address, hop) => hop < Number(text) : text;
}

function acceptedId(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined;
}
