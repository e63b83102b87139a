import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#runtime/clock.ts';
import { asServiceError, httpStatusOf } from '#runtime/errors.ts';
import type { Logger } from '#runtime/log.ts';
import { createReadCache } from '#runtime/read-cache.ts';
import { eventJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import type { PaymentProvider } from '../payment-providers.ts';
import { UNLIMITED } from '../rate-limits.ts';
import { accountPage, forgotPage, resetPage, signInPage, signUpPage } from '../rendering/account-pages.ts';
import { loadAssets } from '../rendering/assets.ts';
import {
  choicePage,
  type EventView,
  eventPage,
  eventsPage,
  orderPage,
  ordersPage,
  queuePage,
  returnPage,
  troublePage,
} from '../rendering/buyer-pages.ts';
import { type Language, languageOf, switchLanguage } from '../rendering/language.ts';
import { assetOf, type Layout } from '../rendering/layout.ts';
import { doorPage, organiserPage, salePage } from '../rendering/staff-pages.ts';
import { PageBytes, sendAsset, sendPage } from './page-answers.ts';

interface PageDeps {
  readonly clients: Pick<Clients, 'events'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Folder of the style sheet and the scripts. */
  readonly pagesFolder: string;
  readonly providers: readonly PaymentProvider[];
}

const CALL = { deadlineMs: 5_000, idempotent: true } as const;
const PUBLIC_STATES: ReadonlySet<string> = new Set(['PUBLISHED', 'CANCELLED']);
const ID = /^[0-9a-f-]{36}$/i;

/** The pages of buyers, organisers and doors. What is of one account comes from the API, by their scripts. */
export function pageRoutes(app: FastifyInstance, deps: PageDeps): void {
  const { clock, log, pagesFolder, providers } = deps;
  const { events } = deps.clients;
  const assets = loadAssets(pagesFolder);
  const byUrl = new Map([...assets.values()].map((asset) => [asset.url, asset]));
  const layoutOf = (language: Language): Layout => ({ assets, language });
  /** Rendered once per moment and language: thousands ask for the same page at the same moment. */
  const cached = (render: (key: string, language: Language) => Promise<string | undefined>) => {
    const cache = createReadCache({
      read: async (id) => {
        const text = await render(id.slice(3), id.slice(0, 2) as Language);
        return text === undefined ? undefined : new PageBytes(text);
      },
      clock,
      maxAgeMs: 1_000,
      maxEntries: 2_000,
    });
    return (key: string, language: Language) => cache.get(`${language}/${key}`);
  };

  const route = (url: string, page: (request: FastifyRequest, language: Language) => Promise<PageBytes | undefined>) =>
    app.get(url, { schema: { hide: true }, config: UNLIMITED }, async (request, reply) => {
      const switched = switchLanguage(request, reply);
      if (switched) return switched;
      const language = languageOf(request);
      try {
        const found = await page(request, language);
        if (found) return await sendPage(request, reply, found);
        return await trouble(request, reply, language, 404);
      } catch (error) {
        const status = httpStatusOf(asServiceError(error).code);
        if (status >= 500)
          log.warn({ err: error, request_id: request.id, url: request.url }, 'a page could not be made');
        return await trouble(request, reply, language, status === 404 || status === 400 ? 404 : 503);
      }
    });
  const trouble = (request: FastifyRequest, reply: FastifyReply, language: Language, status: 404 | 503) => {
    if (status === 503) reply.header('retry-after', '3');
    const text = troublePage(layoutOf(language), status === 404 ? 'notFound' : 'unavailable');
    return sendPage(request, reply, new PageBytes(text), { status });
  };
  /** Pages that are the same for everybody at all times. */
  const shell = (url: string, render: (layout: Layout) => string) => {
    const made = new Map<Language, PageBytes>();
    route(url, async (_request, language) => {
      const page = made.get(language) ?? new PageBytes(render(layoutOf(language)));
      made.set(language, page);
      return page;
    });
  };
  const eventRoute = (url: string, render: (layout: Layout, event: EventView) => string) => {
    const pages = cached(async (eventId, language) => {
      const { event } = await events.getEvent({ eventId }, CALL);
      if (event === null) return undefined;
      const view = eventJson(event);
      return PUBLIC_STATES.has(view.state) ? render(layoutOf(language), view) : undefined;
    });
    route(url, async (request, language) => {
      const { id } = request.params as { id: string };
      return ID.test(id) ? await pages(id.toLowerCase(), language) : undefined;
    });
  };

  const listed = cached(async (pageToken, language) => {
    const answer = await events.listEvents(
      { pageSize: 24, pageToken, state: 'EVENT_STATE_PUBLISHED', organiserId: '' },
      CALL,
    );
    const view = { events: answer.events.map(eventJson), nextPageToken: answer.nextPageToken };
    return eventsPage(layoutOf(language), view, clock.now());
  });
  route('/', (request, language) => listed((request.query as { page?: string }).page?.slice(0, 300) ?? '', language));
  eventRoute('/events/:id', (layout, event) => eventPage(layout, event, clock.now()));
  eventRoute('/events/:id/queue', queuePage);
  eventRoute('/events/:id/tickets', (layout, event) => choicePage(layout, event, providers));
  shell('/orders', ordersPage);
  shell('/payment/return', returnPage);
  route('/orders/:id', async (request, language) => {
    const { id } = request.params as { id: string };
    return ID.test(id) ? new PageBytes(orderPage(layoutOf(language), id)) : undefined;
  });
  shell('/signin', signInPage);
  shell('/signup', signUpPage);
  shell('/forgot-password', forgotPage);
  shell('/reset-password', resetPage);
  shell('/account', accountPage);
  shell('/organiser', organiserPage);
  shell('/organiser/sales/:name', salePage);
  shell('/door', doorPage);

  const worker = assetOf(assets, 'door-worker.js');
  // Under a name that stays, and asked for each time: browsers find a new version of it that way.
  app.get('/door/worker.js', { schema: { hide: true }, config: UNLIMITED }, async (request, reply) =>
    sendAsset(request, reply.header('service-worker-allowed', '/door'), worker, 'no-cache'),
  );

  app.get('/pages/*', { schema: { hide: true }, config: UNLIMITED }, async (request, reply) => {
    const asset = byUrl.get(request.url.split('?')[0] ?? '');
    if (asset) return sendAsset(request, reply, asset);
    // A page of the version before asks a gateway of this one, or the other way round: not to be kept.
    return reply.code(404).header('cache-control', 'no-store').type('text/plain').send('not here\n');
  });
}
