import type { FastifyInstance } from 'fastify';
import { type JSONWebKeySet, jwksOf } from '#runtime/tokens.ts';
import { UNLIMITED } from '../rate-limits.ts';

/** `/.well-known/jwks.json`: what verifies access tokens. Two keys while one takes over from the other. */
export function keyRoutes(app: FastifyInstance, accessJwks: JSONWebKeySet): void {
  // Through jwksOf, so that a private half that got into the variable by mistake is never served.
  const keys = jwksOf(...accessJwks.keys);
  app.get('/.well-known/jwks.json', { schema: { hide: true }, config: UNLIMITED }, async (_request, reply) =>
    reply.type('application/jwk-set+json').header('cache-control', 'public, max-age=300').send(JSON.stringify(keys)),
  );
}
