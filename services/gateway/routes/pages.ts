import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { UNLIMITED } from '../rate-limits.ts';

const FILES = {
  'events.html': 'text/html; charset=utf-8',
  'event.html': 'text/html; charset=utf-8',
  'events.js': 'text/javascript; charset=utf-8',
  'event.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
} as const;

/** The buyers' pages, read once at start. They talk to the API like everybody else. */
export function pageRoutes(app: FastifyInstance, folder: string): void {
  const serve = (url: string, file: keyof typeof FILES) => {
    const content = readFileSync(join(folder, file));
    app.get(url, { schema: { hide: true }, config: UNLIMITED }, async (_request, reply) =>
      reply.type(FILES[file]).header('cache-control', 'public, max-age=60').send(content),
    );
  };
  serve('/', 'events.html');
  serve('/events/:id', 'event.html');
  for (const file of ['events.js', 'event.js', 'page.css'] as const) serve(`/pages/${file}`, file);
}
