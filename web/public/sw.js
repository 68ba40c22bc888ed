// Keeps the page of the app for when there is no network or no server. What is live never passes through here: no
// API, no media, no relay, no token. One cache holds the page and the assets of one build, so that neither can
// outlive the other.
const build = ''; // both are written by tools/shell.mjs
const files = [];
const mine = `shell-${build}`;
const reserved = /^\/(api|rtc|livekit|twirp|webhooks|\.well-known|relay|health|ready)(\/|$)/; // as in handler.go
const patience = 6_000; // ms for a page from the network; whoever needs longer is as good as away

// All of it or nothing: a page of another build, while a server is being upgraded, is not kept, and the browser
// tries again later.
async function keep() {
  const page = await fetch('/', { cache: 'reload' });
  const named = (await page.clone().text()).match(/\/assets\/[^"]+/g) ?? [];
  if (!page.ok || !named.every((name) => files.includes(name))) throw new Error('not the page of this build');
  const cache = await caches.open(mine);
  await cache.addAll(files);
  await cache.put('/', page);
}

// Runs once no page of the build before is open: it may still need its assets. The pages that are open stay as they
// are.
async function forget() {
  for (const name of await caches.keys()) if (name !== mine) await caches.delete(name);
  await registration.navigationPreload?.enable(); // the network is asked while the worker wakes up
  await clients.claim();
}

const kept = (path) => caches.match(path, { ignoreVary: true });

async function asset(request) {
  const found = await kept(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(mine)).put(request, answer.clone()).catch(() => undefined);
  return answer;
}

// A proxy that answers for a server that is away says so with 5xx.
async function page(request, preload) {
  const fresh = Promise.resolve(preload).then((answer) => answer ?? fetch(request));
  const late = new Promise((done) => setTimeout(done, patience));
  const answer = await Promise.race([fresh, late]).catch(() => undefined);
  if (answer && answer.status < 500) return answer;
  return (await kept('/')) ?? fresh;
}

addEventListener('install', (event) => event.waitUntil(keep()));
addEventListener('activate', (event) => event.waitUntil(forget()));
addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || reserved.test(pathname) || /token=/.test(search))
    return;
  if (request.mode === 'navigate') event.respondWith(page(request, event.preloadResponse));
  else if (pathname.startsWith('/assets/')) event.respondWith(asset(request));
  else if (pathname === '/icon.svg') event.respondWith(fetch(request).catch(() => kept(pathname)));
});
