import { generateKeyPairJwk, type JSONWebKeySet, type JWK, publicHalf } from '#runtime/tokens.ts';

export const PURPOSES = ['ACCESS', 'ADMISSION', 'TICKET'] as const;
export type Purpose = (typeof PURPOSES)[number];

export const STEPS = ['announce', 'use', 'forget'] as const;
export type Step = (typeof STEPS)[number];

/** What of the Secret is written; null takes a key away. */
export type Change = Readonly<Record<string, string | null>>;

/** The step cannot be taken now. */
export class WrongStep extends Error {
  override readonly name = 'WrongStep';
}

/**
 * The next step on the way from one signing key to another, on what Secret `P-signing-keys` holds. Pods take up a change one after
 * another, so whoever checks must know the new key before anybody signs with it (announce, then use), and the old one for as long
 * as something that it signed is good (forget).
 */
export async function rotate(held: Readonly<Record<string, string>>, purpose: Purpose, step: Step): Promise<Change> {
  const [current, next, known] = [`${purpose}_PRIVATE_JWK`, `${purpose}_NEXT_PRIVATE_JWK`, `${purpose}_JWKS`];
  const read = <T>(key: string): T => {
    const text = held[key];
    if (text === undefined) throw new WrongStep(`the Secret has no ${key}: is it P-signing-keys of a platform?`);
    return JSON.parse(text) as T;
  };
  const signs = read<JWK>(current);
  const { keys } = read<JSONWebKeySet>(known);
  const announced = held[next] !== undefined;
  switch (step) {
    case 'announce': {
      if (announced) throw new WrongStep(`a next ${purpose} key is announced already; go on with: use`);
      const { privateJwk } = await generateKeyPairJwk();
      return {
        [next]: JSON.stringify(privateJwk),
        [known]: JSON.stringify({ keys: [...keys, publicHalf(privateJwk)] }),
      };
    }
    case 'use':
      if (!announced) throw new WrongStep(`no next ${purpose} key is announced; begin with: announce`);
      return { [current]: held[next] ?? null, [next]: null };
    case 'forget': {
      if (purpose === 'TICKET')
        throw new WrongStep('tickets that were sold are checked with the key that signed them; it stays known');
      if (announced) throw new WrongStep(`the next ${purpose} key is not in use yet; go on with: use`);
      return { [known]: JSON.stringify({ keys: keys.filter(({ kid }) => kid === signs.kid) }) };
    }
    default:
      step satisfies never;
      throw new WrongStep(`unknown step ${String(step)}`);
  }
}
