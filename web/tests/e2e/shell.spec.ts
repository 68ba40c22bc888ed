import { Front } from './front.ts';
import { Server } from './server.ts';
import {
  accessible,
  button,
  connected,
  create,
  expect,
  join,
  newPerson,
  type Page,
  type Person,
  test,
} from './test.ts';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name });

// kept opens a page and waits until the worker has it and serves it. The app leaves a page some seconds of rest
// before it registers the worker; they pass at once.
async function kept(page: Page, open: () => Promise<unknown> = () => page.goto('/')): Promise<void> {
  await page.clock.install();
  await open();
  await page.clock.fastForward(3_000);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }));
  });
}

const caches = (page: Page) => page.evaluate(() => globalThis.caches.keys());

test('the app can be installed', async ({ person, server }) => {
  const { page, context } = await person();
  await kept(page);
  const devtools = await context.newCDPSession(page);
  const { url, errors, data } = await devtools.send('Page.getAppManifest');
  expect({ url, errors }).toEqual({ url: `${server.url}/app.webmanifest`, errors: [] });
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // The contexts of tests are private windows, in which Chromium installs nothing.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  const { icons } = JSON.parse(data ?? '') as {
    icons: { src: string; sizes: string; type: string; purpose?: string }[];
  };
  expect(icons.map(({ sizes, purpose }) => [sizes, purpose ?? 'any'])).toEqual([
    ['any', 'any'],
    ['192x192', 'any'],
    ['512x512', 'any'],
    ['512x512', 'maskable'],
  ]);
  const drawn = [...icons, { src: '/apple-touch-icon.png', sizes: '180x180', type: 'image/png' }];
  for (const { src, sizes, type } of drawn) {
    const size = await page.evaluate(async (from) => {
      const answer = await fetch(from);
      const image = new Image();
      image.src = from;
      await image.decode();
      return { type: answer.headers.get('Content-Type'), sizes: `${image.naturalWidth}x${image.naturalHeight}` };
    }, src);
    expect(size.type).toBe(type);
    if (sizes !== 'any') expect(size.sizes).toBe(sizes);
  }
});

test('without a network a reload shows the app, which says so and comes back by itself', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host, 'Birds in flight');
  const { page, context } = guest;
  await kept(page);

  await context.setOffline(true);
  await page.reload();
  await expect(heading(page, 'You are offline')).toBeVisible();
  expect(await page.locator('header img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await accessible(page, 'lobby offline');
  await page.goto(url);
  await expect(heading(page, 'You are offline')).toBeVisible();
  await button(page, 'Try again').click();
  await accessible(page, 'nest offline');
  await page.goto('/settings');
  await expect(heading(page, 'Sound settings')).toBeVisible();
  await page.goto(url);
  await expect(heading(page, 'You are offline')).toBeVisible();
  await context.setOffline(false);
  await expect(heading(page, 'Birds in flight')).toBeVisible();
  await expect(button(page, 'Join as guest')).toBeVisible();

  await context.setOffline(true);
  await page.goto('/');
  await expect(heading(page, 'You are offline')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByRole('link', { name: 'Birds in flight' })).toBeVisible();
});

test('without a server, too; and who was in a nest is in it again', async ({ chromium }) => {
  test.setTimeout(120_000);
  const server = new Server();
  await server.start();
  const [host, visitor] = await people(chromium, server.url);
  let url = '';
  await kept(host.page, async () => {
    url = await create(host);
  });
  await kept(visitor.page);

  await server.end('SIGKILL');
  await host.page.reload();
  await expect(heading(host.page, 'The server does not answer')).toBeVisible();
  await host.page.reload(); // the wish to be inside outlives this one as well
  await expect(heading(host.page, 'The server does not answer')).toBeVisible();
  await accessible(host.page, 'nest without a server');
  await visitor.page.reload();
  await expect(heading(visitor.page, 'The server does not answer')).toBeVisible();
  await accessible(visitor.page, 'lobby without a server');

  await server.start();
  await connected(host.page);
  await expect(host.page).toHaveURL(url);
  await expect(visitor.page.getByRole('link', { name: 'Evening birds' })).toBeVisible({ timeout: 20_000 });
  for (const { context } of [host, visitor]) await context.close();
  await server.close();
});

test('after an upgrade: new visitors get the new page, open pages keep theirs, and one build is cached', async ({
  chromium,
  server,
}) => {
  const front = new Front(server.url);
  await front.start();
  const { page, context } = await newPerson(chromium, { baseURL: front.url });
  const scripts = () =>
    page.locator('script[src]').evaluateAll((all) => all.map((one) => one.getAttribute('src')).join());
  await kept(page);
  expect(await scripts()).toContain('.b1.');
  const before = await caches(page);
  expect(before).toHaveLength(1);
  await page.evaluate(() => Object.assign(globalThis, { stayed: true }));

  front.build = 2;
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
  });
  // The worker of the new build has all of it, and waits: this page goes on with what it came with, though the
  // server has it no more.
  await expect
    .poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.state))
    .toBe('installed');
  expect(await caches(page)).toHaveLength(2);
  front.asked.length = 0;
  await button(page, 'Log in').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  expect(front.asked.filter((path) => path.startsWith('/assets/'))).toEqual([]);
  expect(await page.evaluate(() => 'stayed' in globalThis)).toBe(true);

  // A reload has the new page; without a server the old one, whole.
  await page.reload();
  await expect(heading(page, 'Live audio rooms, open to everyone')).toBeVisible();
  expect(await scripts()).toContain('.b2.');
  front.away = true;
  await page.reload();
  await expect(heading(page, 'The server does not answer')).toBeVisible();
  expect(await scripts()).toContain('.b1.');
  front.away = false;
  await expect(heading(page, 'The server does not answer')).toHaveCount(0);

  // When no page of the old build is open any more, nothing of it is left.
  await page.goto('about:blank');
  await expect
    .poll(async () => {
      await page.goto('/');
      return (await caches(page)).filter((name) => before.includes(name));
    })
    .toEqual([]);
  expect(await caches(page)).toHaveLength(1);
  front.away = true;
  await page.goto('/');
  await expect(heading(page, 'The server does not answer')).toBeVisible();
  expect(await scripts()).toContain('.b2.');
  await context.close();
  await front.close();
});

test('the worker keeps the page and its assets, and nothing of what is live', async ({ chromium, server }) => {
  const [host, guest] = await people(chromium, server.url);
  const url = await create(host);
  await kept(guest.page, () => guest.page.goto(url));
  const answered = new Set<string>(); // paths whose answers went through the worker
  guest.page.on('response', (response) => {
    if (response.fromServiceWorker()) answered.add(new URL(response.url()).pathname);
  });
  await guest.page.goto(`${url}?invite=secret`);
  await join(guest, url, 'Join as guest');
  const names = await guest.page.evaluate(async () => {
    const cache = await globalThis.caches.open((await globalThis.caches.keys())[0] ?? '');
    return (await cache.keys()).map((request) => new URL(request.url)).map(({ pathname, search }) => pathname + search);
  });
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !/^\/(|icon\.svg|assets\/[\w.-]+)$/.test(name))).toEqual([]);
  expect(answered.size).toBeGreaterThan(10);
  expect([...answered].filter((path) => !/^\/(naddr1\w+|icon\.svg|assets\/[\w.-]+)$/.test(path))).toEqual([]);
  for (const { context } of [host, guest]) await context.close();
});

const people = async (chromium: Parameters<typeof newPerson>[0], baseURL: string): Promise<[Person, Person]> => [
  await newPerson(chromium, { baseURL }),
  await newPerson(chromium, { baseURL }),
];
