/**
 * What the gateway's layers are set against: the same request answered with the same JSON by less and less. Prints `port N`.
 *
 *   node layers.ts http|fastify|auth
 *
 * `http`: node:http, JSON.parse, JSON.stringify. `fastify`: one route with the schemas of the real one. `auth`: that, and the token
 * verified on every request.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { TOKEN } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createJwtVerifier, type JSONWebKeySet } from '#runtime/tokens.ts';

const [layer = 'http', keys = '{"keys":[]}'] = process.argv.slice(2);
const answerTo = (nonce: string) => ({ nonce, outcome: 'FORGED', accepted: false, conflict: false, replayed: false });

if (layer === 'http') {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const { nonce } = JSON.parse(text) as { nonce: string };
      const body = JSON.stringify(answerTo(nonce));
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
} else {
  const string = { type: 'string' } as const;
  const app = fastify({ logger: false });
  const body = {
    type: 'object',
    properties: {
      eventId: { type: 'string', pattern: '^[0-9a-fA-F-]{36}$' },
      gate: { type: 'string', pattern: '^[\\w .-]{1,64}$' },
      qr: { type: 'string', minLength: 1, maxLength: 4096 },
      direction: { type: 'string', enum: ['in', 'out'] },
      nonce: { type: 'string', pattern: '^[\\w.:-]{8,64}$' },
      scannedAt: { type: 'string', format: 'date-time' },
    },
    required: ['eventId', 'gate', 'qr', 'direction', 'nonce', 'scannedAt'],
    additionalProperties: false,
  } as const;
  const boolean = { type: 'boolean' } as const;
  const properties = { nonce: string, outcome: string, accepted: boolean, conflict: boolean, replayed: boolean };
  const verify = createJwtVerifier({
    jwks: JSON.parse(keys) as JSONWebKeySet,
    clock: systemClock,
    issuer: TOKEN.issuer,
    audience: TOKEN.accessAudience,
  });
  app.post<{ Body: { nonce: string } }>(
    '/api/v1/door/scan',
    {
      schema: { body, response: { 200: { type: 'object', properties } } },
      ...(layer === 'auth' && {
        onRequest: async (request) => void (await verify((request.headers.authorization ?? '').slice(7))),
      }),
    },
    async (request) => answerTo(request.body.nonce),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  console.log(`port ${(app.server.address() as AddressInfo).port}`);
}
