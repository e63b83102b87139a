/**
 * Keeps the door page over a reload without a network. Nothing else of the site passes here: its scope is /door. The page is asked
 * for each time and comes from the cache when nobody answers; what it loads is named by its content and never asked for twice.
 */
const CACHE = 'tb-door';
const PATIENCE_MS = 4_000;

/** The page, and everything that it names. */
async function keepPage(response) {
  const cache = await caches.open(CACHE);
  const urls = new Set((await response.clone().text()).match(/\/pages\/[\w.-]+/g));
  await Promise.all([...urls].map(async (url) => (await cache.match(url)) ?? (await cache.add(url))));
  await cache.put('/door', response);
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (pathname !== '/door' && !urls.has(pathname)) await cache.delete(url);
  }
}

async function pageOf(event) {
  try {
    const response = await fetch(event.request.url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) event.waitUntil(keepPage(response.clone()).catch(() => {}));
    if (response.ok || response.status < 500) return response;
    throw new Error(`status ${response.status}`);
  } catch (error) {
    const kept = await caches.match('/door');
    if (kept) return kept;
    throw error;
  }
}

addEventListener('install', (event) => {
  event.waitUntil(
    fetch('/door')
      .then(keepPage)
      .then(() => skipWaiting()),
  );
});
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  const { pathname, search } = new URL(event.request.url);
  // A switch of language is led on by the gateway.
  if (event.request.mode === 'navigate' && pathname === '/door' && search === '') event.respondWith(pageOf(event));
  else if (pathname.startsWith('/pages/'))
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});
