/** Checks tickets without a network: `TB1.<kid>.<claims>.<Ed25519 signature>` against the public keys of the gateway. */
export async function createTicketReader(jwks) {
  const keys = new Map();
  for (const jwk of jwks.keys) {
    if (jwk.crv !== 'Ed25519') continue;
    const { kty, crv, x } = jwk;
    keys.set(jwk.kid, await crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, ['verify']));
  }
  /** The claims, or undefined when it is not ours. */
  return async (payload) => {
    const [version, kid, claims, signature, ...more] = payload.split('.');
    const key = keys.get(kid);
    if (version !== 'TB1' || !key || !claims || !signature || more.length > 0) return undefined;
    try {
      const signed = new TextEncoder().encode(`TB1.${kid}.${claims}`);
      if (!(await crypto.subtle.verify('Ed25519', key, bytesOf(signature), signed))) return undefined;
      return JSON.parse(new TextDecoder().decode(bytesOf(claims)));
    } catch {
      return undefined;
    }
  };
}

function bytesOf(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}
