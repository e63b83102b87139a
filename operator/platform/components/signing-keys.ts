import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { keptMeta, signingKeysName } from '../names.ts';

const PURPOSES = ['ADMISSION', 'ACCESS', 'TICKET'] as const;

/** Every key that Secret `P-signing-keys` has. */
export const SIGNING_KEY_NAMES = PURPOSES.flatMap((purpose) => [`${purpose}_PRIVATE_JWK`, `${purpose}_JWKS`]);

/**
 * A Secret with three fresh Ed25519 pairs. It is created once and never overwritten, and it outlives the platform object
 * under deletionPolicy Retain: tickets that were sold are checked against it.
 */
export async function signingKeys(platform: TicketBottlePlatform) {
  const pairs = await Promise.all(
    PURPOSES.map(async (purpose) => {
      const { privateJwk } = await generateKeyPairJwk();
      return [
        [`${purpose}_PRIVATE_JWK`, JSON.stringify(privateJwk)],
        [`${purpose}_JWKS`, JSON.stringify(jwksOf(privateJwk))],
      ];
    }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: keptMeta(platform, signingKeysName(platform), 'signing-keys'),
    type: 'Opaque',
    stringData: Object.fromEntries(pairs.flat()) as Record<string, string>,
  };
}
