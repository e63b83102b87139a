import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** What tells a browser something about an answer that is no page. */
const OF_DATA = [
  'strict-transport-security',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-content-type-options',
];

/** For answers of the API: data, of which nothing is shown, run or framed. A tenth of the bytes of a page's headers. */
export function dataHeaders(ofPages: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(ofPages).filter(([name]) => OF_DATA.includes(name));
  return { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'", ...Object.fromEntries(kept) };
}

/**
 * What helmet sets, asked once: it makes every header anew for every request, which was a tenth of the gateway's work.
 * `https`: buyers come by TLS. `shared`: pages of other sites may use the API.
 */
export function securityHeaders({ https, shared }: { readonly https: boolean; readonly shared: boolean }) {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => {},
  };
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: true,
      directives: { 'upgrade-insecure-requests': https ? [] : null },
    },
    strictTransportSecurity: https,
    crossOriginResourcePolicy: { policy: shared ? 'cross-origin' : 'same-origin' },
  });
  set({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error as Error;
  });
  return headers;
}
