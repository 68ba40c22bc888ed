import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { announce } from './nests.ts';
import { publish, sign } from './relay.ts';
import { Server } from './server.ts';
import { newSecret } from './sign.ts';
import { accessible, button, clean, expect, newPerson, type Page, test, violation } from './test.ts';

const many = 500;

const make = (server: Server, number: number, secret = newSecret()) =>
  announce(
    server.url,
    number === 7 ? 'The quiet heron' : `Nest number ${number}`,
    [['t', number % 100 === 0 ? 'rare' : 'birds']],
    secret,
  );

// walk scrolls through a list from its begin to its end, as a wheel does over it, and looks at what is drawn where
// it is in sight.
const walk = (page: Page, name: string) =>
  page.evaluate(async (label) => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const list = document.querySelector<HTMLElement>(`ul[aria-label="${label}"]`);
    const outer = list?.parentElement;
    if (!list || !outer) throw new Error('there is no list');
    const reached = new Set<string>();
    const blank: string[] = [];
    let most = 0;
    const look = async (where: string) => {
      for (let n = 0; n < 3; n++) await frame();
      const box = outer.getBoundingClientRect();
      const [from, to] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
      const cards = [...list.children];
      most = Math.max(most, cards.length);
      for (const card of cards) reached.add(card.getAttribute('aria-posinset') ?? '');
      // No row's height of the list is in sight without a card in it.
      const edges = cards.map((card) => card.getBoundingClientRect());
      const top = Math.min(...edges.map((edge) => edge.top));
      const bottom = Math.max(...edges.map((edge) => edge.bottom));
      if (top > from + 1 || bottom < to - 17) blank.push(`${where}: ${top}–${bottom} of ${from}–${to}`);
    };
    scrollTo(0, 0);
    outer.scrollTo(0, 0);
    await look('begin'); // the grid has taken its shape
    for (const scroller of [outer, document.documentElement]) {
      const height = scroller === outer ? outer.clientHeight : innerHeight;
      for (let y = 0; y <= scroller.scrollHeight; y += height / 2) {
        scroller.scrollTo(0, y);
        await look(`${scroller.tagName} ${y}`);
      }
    }
    scrollTo(0, 0);
    outer.scrollTo(0, 0);
    return { most, blank, reached: reached.size };
  }, name);

test('a lobby of five hundred nests renders at most sixty cards, filters them and updates itself', async ({
  chromium,
}) => {
  test.setTimeout(120_000);
  const server = new Server();
  await server.start();
  try {
    for (let made = 0; made < many; made += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => make(server, made + n)));
    }
    const { page, context } = await newPerson(chromium, { baseURL: server.url });
    await page.goto('/');
    const heading = page.getByRole('heading', { name: 'Open, nobody on stage' });
    await expect(heading).toContainText(String(many));
    const cards = page.getByRole('list', { name: 'Open, nobody on stage' }).getByRole('listitem');
    const first = cards.first();
    await expect(first).toHaveAttribute('aria-setsize', String(many));
    expect(await cards.count()).toBeLessThanOrEqual(60);
    let most = 0;
    for (const share of [0.25, 0.5, 0.75, 1]) {
      await page.evaluate((to) => scrollTo(0, document.documentElement.scrollHeight * to), share);
      await expect(async () =>
        expect(Number(await first.getAttribute('aria-posinset'))).toBeGreaterThan(many * share * 0.8 - 40),
      ).toPass();
      most = Math.max(most, await cards.count());
    }
    expect(most).toBeLessThanOrEqual(60);
    await expect(page.locator(`[aria-posinset="${many}"]`)).toBeVisible();

    // However tall the screen, the same bound holds, nothing in sight is blank, and scrolling reaches everything.
    for (const width of [360, 2560]) {
      await page.setViewportSize({ width, height: 8_000 });
      const seen = await walk(page, 'Open, nobody on stage');
      expect(seen.most, `cards at ${width}`).toBeLessThanOrEqual(60);
      expect(seen.blank, `blank places at ${width}`).toEqual([]);
      expect(seen.reached, `cards reached at ${width}`).toBe(many);
    }
    await page.setViewportSize({ width: 1280, height: 720 });

    await page.getByRole('searchbox', { name: 'Search nests' }).fill('heron');
    await expect(cards).toHaveCount(1);
    await expect(cards).toContainText('The quiet heron');
    await page.getByRole('searchbox', { name: 'Search nests' }).fill('nothing like this');
    await expect(page.getByRole('heading', { name: 'No nest matches' })).toBeVisible();
    await clean(page, 'lobby, nothing found');
    await button(page, 'Show all nests').click();
    await button(page, '#rare').click();
    await expect(cards).toHaveCount(5);
    await clean(page, 'lobby, one topic');
    await button(page, '#rare').click();

    await make(server, many + 1);
    await expect(heading).toContainText(String(many + 1), { timeout: 15_000 });
    await context.close();
  } finally {
    await server.close();
  }
});

const elsewhere = (page: Page) => page.getByRole('list', { name: 'On other servers' });
const seconds = () => Math.floor(Date.now() / 1000);
const relayOf = (server: Server) => `${server.url.replace(/^http/, 'ws')}/relay`;

test('nests of another server appear from its relay, and open there', async ({ chromium }) => {
  test.setTimeout(120_000);
  const there = new Server();
  await there.start();
  const here = new Server({ NESTS_RELAYS: `${relayOf(there)},ws://127.0.0.1:9` }); // nobody is at the second
  await here.start();
  try {
    await make(there, 7);
    await make(here, 1);
    const { page, context, console } = await newPerson(chromium, { baseURL: here.url });
    await page.goto('/');
    await expect(elsewhere(page).getByRole('listitem')).toHaveCount(1);
    await expect(page.getByRole('list', { name: 'Open, nobody on stage' }).getByRole('listitem')).toHaveCount(1);
    await expect(elsewhere(page)).toContainText(new URL(there.url).host);
    const link = elsewhere(page).getByRole('link', { name: 'The quiet heron' });
    await expect(link).toHaveAttribute('href', new RegExp(`^${there.url}/naddr1[0-9a-z]+$`));
    await expect(link).toHaveAttribute('rel', 'noopener noreferrer');
    await accessible(page, 'lobby with other servers');
    await make(there, 100); // shows by itself
    await expect(page.getByRole('heading', { name: 'On other servers' })).toContainText('2');

    // Words and topics are looked for there, too.
    await page.getByRole('searchbox', { name: 'Search nests' }).fill('heron');
    await expect(elsewhere(page).getByRole('listitem')).toHaveCount(1);
    await expect(page.getByText('1 nest on another server is listed further down.')).toBeVisible();
    await button(page, 'Show all nests').click();
    await button(page, '#birds').click();
    await expect(elsewhere(page).getByRole('listitem')).toHaveCount(1);
    await button(page, '#birds').click();

    const [tab] = await Promise.all([context.waitForEvent('page'), link.click()]);
    await expect(tab.getByRole('heading', { name: 'The quiet heron' })).toBeVisible();
    expect(new URL(tab.url()).origin).toBe(there.url);
    expect(await tab.evaluate(() => opener)).toBeNull();
    await tab.close();

    // When its relay goes, nothing else changes.
    await there.end('SIGKILL');
    await make(here, 2);
    await expect(page.getByRole('list', { name: 'Open, nobody on stage' }).getByRole('listitem')).toHaveCount(2);
    await expect(elsewhere(page).getByRole('listitem')).toHaveCount(2);
    for (const line of console) expect(line).not.toMatch(violation);
    await context.close();
  } finally {
    await Promise.all([there.close(), here.close()]);
  }
});

test('events of hostile relays stay harmless, and leaving the lobby disconnects', async ({ chromium }) => {
  test.setTimeout(90_000);
  const here = new Server({ NESTS_RELAYS: 'wss://hostile.example,wss://silent.example,wss://curious.example' });
  await here.start();
  try {
    const person = await newPerson(chromium, { baseURL: here.url });
    const { page } = person;
    const secret = newSecret();
    const space = (d: string, title: string, more: string[][] = [], created_at = seconds()) =>
      sign(secret, {
        kind: 30312,
        created_at,
        content: '',
        tags: [['d', d], ['room', title], ['status', 'open'], ['service', 'https://evil.example'], ...more],
      });
    const events: unknown[] = [
      space('1', '<img src=x onerror="window.hacked=1">', [['image', 'https://spy.example/x.png']]),
      space('2', `\u202e${'W'.repeat(5_000)}`, [['summary', '𓀀'.repeat(5_000)]], seconds() - 1),
      { ...space('3', 'Forged'), sig: 'f'.repeat(128) },
      { kind: 30312, tags: 'none', created_at: seconds() },
      null,
      ...Array.from({ length: 150 }, (_, n) => space(`n${n}`, `Flood ${n}`, [], seconds() - 10 - n)),
    ];
    const said: Record<string, string[]> = {};
    const left: string[] = [];
    await page.routeWebSocket(/\.example\/?$/, (socket) => {
      const { host } = new URL(socket.url());
      const lines = said[host] ?? [];
      said[host] = lines;
      socket.onClose(() => left.push(host));
      socket.onMessage((message) => {
        lines.push(String(message));
        const [verb, id, filter] = JSON.parse(String(message));
        if (verb !== 'REQ' || host === 'silent.example') return;
        if (host === 'curious.example') {
          socket.send(JSON.stringify(['AUTH', 'who are you?']));
          socket.send(JSON.stringify(['CLOSED', id, 'auth-required: say who you are']));
          return;
        }
        if (!filter.kinds.includes(30312)) return;
        socket.send('{ junk');
        for (const event of events) socket.send(JSON.stringify(['EVENT', id, event]));
        socket.send(JSON.stringify(['EOSE', id]));
      });
    });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).host));
    await page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret); // a key that could be proven
    await page.goto('/');
    const cards = elsewhere(page).getByRole('listitem');
    await expect(page.getByRole('heading', { name: 'On other servers' })).toContainText('100');
    await expect(cards.first()).toContainText('<img src=x onerror="window.hacked=1">');
    await expect(elsewhere(page)).not.toContainText('Forged');
    expect((await cards.nth(1).getByRole('heading').innerText()).length).toBeLessThan(200);
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    await clean(page, 'lobby with hostile relays');
    expect(asked.filter((host) => host !== new URL(here.url).host)).toEqual([]); // no picture of theirs
    await expect.poll(() => said['curious.example']?.length).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Settings' }).click();
    await expect(page.getByRole('heading', { name: 'Settings', exact: true })).toBeVisible();
    await expect.poll(() => left.sort()).toEqual(['curious.example', 'hostile.example', 'silent.example']);
    expect(Object.values(said).flat().join()).not.toMatch(/"AUTH"|"EVENT"/);
    await person.context.close();
  } finally {
    await here.close();
  }
});

test('the filter for followed people loads, reports a missing or empty list, and stays on for the tab', async ({
  chromium,
}) => {
  test.setTimeout(90_000);
  const server = new Server();
  await server.start();
  try {
    const [friend, stranger, me] = [newSecret(), newSecret(), newSecret()];
    const keyOf = (secret: string) => getPublicKey(hexToBytes(secret));
    await make(server, 7, friend);
    await make(server, 100, stranger);
    await make(server, 1, me); // the relay takes lists of people in its nests
    const { page, context } = await newPerson(chromium, { baseURL: server.url });
    await page.goto('/');
    const cards = page.getByRole('list', { name: 'Open, nobody on stage' }).getByRole('listitem');
    await expect(cards).toHaveCount(3);
    const toggle = button(page, 'People I follow');
    await expect(toggle).toHaveCount(0); // nobody is logged in

    let silent = true;
    let held: (() => void)[] = [];
    const written: string[] = [];
    await page.routeWebSocket(/\/relay/, (socket) => {
      const relay = socket.connectToServer();
      socket.onMessage((message) => {
        const [verb, , filter] = JSON.parse(String(message));
        if (verb === 'EVENT') written.push(String(message));
        if (silent && verb === 'REQ' && filter.kinds?.includes(3)) held.push(() => relay.send(message));
        else relay.send(message);
      });
    });
    await page.evaluate((key) => sessionStorage.setItem('nests.key', key), me);
    await page.reload();
    await toggle.click();
    await expect(page.getByText('Loading the people you follow…')).toBeVisible();
    await accessible(page, 'lobby looking up whom one follows');
    await expect.poll(() => held.length).toBeGreaterThan(0);
    silent = false;
    for (const go of held) go();
    held = [];
    await expect(page.getByRole('heading', { name: 'Your follow list was not found' })).toBeVisible();
    await expect(cards).toHaveCount(0);
    await accessible(page, 'lobby without a list of whom one follows');

    // The list turns up: with somebody who is not here, then with the friend.
    const follow = (keys: string[], created_at: number) =>
      sign(me, { kind: 3, created_at, content: '', tags: keys.map((key) => ['p', key]) });
    expect(await publish(page, [follow(['b'.repeat(64)], seconds() - 60)])).toEqual([]);
    await button(page, 'Try again').click();
    await expect(page.getByRole('heading', { name: 'Nobody you follow is here now' })).toBeVisible();
    await accessible(page, 'lobby with nobody one follows');
    expect(await publish(page, [follow([keyOf(friend)], seconds())])).toEqual([]);
    await page.reload();
    await expect(toggle).toHaveAttribute('aria-pressed', 'true');
    await expect(cards).toHaveText([/The quiet heron/]);
    await accessible(page, 'lobby with whom one follows');
    await page.getByRole('searchbox', { name: 'Search nests' }).fill('number');
    await expect(page.getByRole('heading', { name: 'No nest matches' })).toBeVisible();
    await button(page, 'Show all nests').click();
    await expect(cards).toHaveCount(3);
    await expect(toggle).toHaveAttribute('aria-pressed', 'false');
    expect(written).toHaveLength(2); // the test's own: the lobby only reads the list
    await context.close();
  } finally {
    await server.close();
  }
});

test('on a phone nothing moves when the nests load', async ({ person, server }) => {
  for (const title of ['Evening birds', 'Dawn chorus', 'Night owls']) await announce(server.url, title);
  const { page } = await person({ viewport: { width: 390, height: 844 } });
  let answer = () => {};
  const held = new Promise<void>((done) => {
    answer = done;
  });
  await page.route('**/api/v1/nests*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/');
  await expect(page.getByText('Loading nests')).toBeAttached();
  answer();
  await expect(page.getByRole('link', { name: 'Night owls' })).toBeVisible();
  const shifts = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        new PerformanceObserver((list) => {
          done(
            list.getEntries().reduce((sum, entry) => sum + (entry as PerformanceEntry & { value: number }).value, 0),
          );
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(done, 1_000, 0); // nothing moved
      }),
  );
  expect(shifts).toBeLessThan(0.02);
});
