import { randomUUID } from 'node:crypto';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { call, newSecret } from './sign.ts';
import {
  accessible,
  button,
  connected,
  create,
  expect,
  join,
  type Locator,
  launch,
  newPerson,
  type Page,
  type Person,
  test,
} from './test.ts';

const secretOf = (page: Page) => page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
const idOf = (page: Page) => page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id as string);
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name });

// Every state that is not being inside carries the diagnostics, and they work there.
async function diagnosable({ page }: Person, state: string): Promise<void> {
  await accessible(page, state);
  await button(page, 'Run API Diagnostics').click();
  await expect(page.getByText(/^Room exists: (✅|❌|➖) \| Guest access: (✅|❌|➖)$/u).last()).toBeVisible();
  await expect(button(page, 'Copy report')).toBeVisible({ timeout: 40_000 });
  await accessible(page, `${state}, diagnosed`);
}

test('not found', async ({ person }) => {
  const someone = await person();
  await someone.page.goto(`/n/${randomUUID()}`);
  await expect(heading(someone.page, 'This nest was not found')).toBeVisible();
  await diagnosable(someone, 'not found');
  await expect(someone.page.getByText('Scenario B')).toBeVisible();
});

test('an address that is no nest', async ({ person }) => {
  const someone = await person();
  const { page } = someone;
  await page.goto('/naddr1nonsense');
  await expect(heading(page, 'There is nothing here')).toBeVisible();
  await diagnosable(someone, 'no nest');
});

test('left', async ({ person }) => {
  const host = await person();
  await create(host);
  await button(host.page, 'Leave').click();
  await expect(heading(host.page, 'You left the nest')).toBeVisible();
  await diagnosable(host, 'left');
  await button(host.page, 'Join').click();
  await connected(host.page);
});

test('removed, then banned', async ({ person, server }) => {
  const [host, member] = [await person(), await person()];
  const url = await create(host);
  await join(member, url, 'Join');
  const [secret, id] = [await secretOf(host.page), await idOf(host.page)];
  const pubkey = getPublicKey(hexToBytes(await secretOf(member.page)));
  const target = `${server.url}/api/v1/nests/${id}/participants/${pubkey}`;
  expect((await call(secret, 'DELETE', target)).status).toBe(204);
  await expect(heading(member.page, 'You were removed from this nest')).toBeVisible();
  await diagnosable(member, 'removed');
  await button(member.page, 'Join').click();
  await connected(member.page);
  expect((await call(secret, 'DELETE', target, { ban: true })).status).toBe(204);
  await expect(heading(member.page, 'You cannot enter this nest')).toBeVisible();
  await diagnosable(member, 'banned');
});

test('the same key joins in another tab, and back', async ({ person }) => {
  const [one, two] = [await person(), await person()];
  for (const { page } of [one, two]) await page.clock.install();
  const url = await create(one);
  const secret = await secretOf(one.page);
  await two.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
  await join(two, url, 'Join');
  await expect(heading(one.page, 'This nest is open somewhere else')).toBeVisible();
  await diagnosable(one, 'other tab');
  await button(one.page, 'Use it here').click();
  await connected(one.page);
  await expect(heading(two.page, 'This nest is open somewhere else')).toBeVisible();
  await stays(one, two);
  await button(two.page, 'Use it here').click();
  await expect(heading(one.page, 'This nest is open somewhere else')).toBeVisible();
  await stays(two, one);
});

// lasts is true when something shows all that time.
const lasts = (shown: Locator, ms: number): Promise<boolean> =>
  shown.waitFor({ state: 'hidden', timeout: ms }).then(
    () => false,
    () => true,
  );

// Neither of two tabs takes the nest from the other by itself, which would go on for ever.
async function stays(inside: Person, outside: Person): Promise<void> {
  await connected(inside.page);
  const asked = () => outside.page.evaluate(() => performance.getEntriesByType('resource').length);
  const before = await asked();
  await outside.page.clock.runFor(6_000); // longer than the page waits between two tries to come back
  expect(await lasts(heading(outside.page, 'This nest is open somewhere else'), 500)).toBe(true);
  expect(await asked(), 'what the tab outside asks for').toBe(before);
  await connected(inside.page);
}

test('a join can be cancelled', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  let go: () => void = () => {};
  const held = new Promise<void>((done) => {
    go = done;
  });
  await guest.page.route('**/guest', async (route) => {
    await held;
    await route.abort();
  });
  await guest.page.goto(url);
  await button(guest.page, 'Join as guest').click();
  await expect(button(guest.page, 'Cancel')).toBeVisible();
  await accessible(guest.page, 'joining');
  await button(guest.page, 'Cancel').click();
  await expect(heading(guest.page, 'You left the nest')).toBeVisible();
  go();
  expect(await lasts(heading(guest.page, 'You left the nest'), 1_000)).toBe(true);
});

test('full', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await guest.page.route('**/guest', (route) =>
    route.fulfill({ status: 503, json: { error: 'This nest is full', code: 'nest_full', hint: 'Try again later.' } }),
  );
  await guest.page.goto(url);
  await button(guest.page, 'Join as guest').click();
  await expect(heading(guest.page, 'This nest is full')).toBeVisible();
  await diagnosable(guest, 'full');
  await guest.page.unroute('**/guest');
  await button(guest.page, 'Join as guest').click();
  await connected(guest.page);
});

test('a join while offline succeeds once the network is back', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  await guest.page.goto(await create(host));
  await expect(button(guest.page, 'Join as guest')).toBeVisible();
  await guest.context.setOffline(true);
  await button(guest.page, 'Join as guest').click();
  await expect(heading(guest.page, 'You are offline')).toBeVisible();
  await accessible(guest.page, 'offline');
  await guest.context.setOffline(false);
  await connected(guest.page);
});

test('a browser without WebRTC is reported before a key is created, and Share is offered', async ({ person }) => {
  const [host, visitor] = [await person(), await person()];
  const url = await create(host);
  const { page } = visitor;
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'));
  const scripts: string[] = [];
  page.on('request', (request) => scripts.push(request.url()));
  await page.goto(url);
  await button(page, 'Join').click();
  await expect(heading(page, 'This browser cannot play live sound')).toBeVisible();
  await diagnosable(visitor, 'no webrtc');
  await expect(page.getByText('This browser does not support WebRTC')).toBeVisible();
  expect(await secretOf(page)).toBe('');
  expect(scripts.filter((script) => script.includes('livekit'))).toEqual([]);
  await button(page, 'Share').click();
  await expect(page.getByRole('dialog').locator('code')).toHaveText(url);
});

test('guests are not allowed', async ({ person, server }) => {
  const guest = await person();
  const created = await call(newSecret(), 'PUT', `${server.url}/api/v1/nests`, { relays: [], guests: false });
  const { roomId } = await created.json();
  await guest.page.goto(`/n/${roomId}`);
  await button(guest.page, 'Join as guest').click();
  await expect(heading(guest.page, 'This nest does not admit guests')).toBeVisible();
  await diagnosable(guest, 'guests off');
  await button(guest.page, 'Join').click();
  await connected(guest.page);
});

test('a refused signature offers a retry and joining as a guest, and does neither by itself', async ({
  person,
  server,
}) => {
  const [host, member] = [await person(), await person()];
  const url = await create(host);
  const id = await idOf(host.page);
  await member.page.route(`${server.url}/api/v1/nests/${id}`, (route) =>
    route.fulfill({
      status: 401,
      json: { error: 'The signature is too old', code: 'auth_time', hint: 'Set your clock.', server_time: Date.now() },
    }),
  );
  await member.page.goto(url);
  await button(member.page, 'Join').click();
  await expect(heading(member.page, 'The clocks of this device and the server differ')).toBeVisible();
  await expect(
    member.page.getByText('Turn on automatic date and time in this device’s settings, then try again.'),
  ).toBeVisible();
  await diagnosable(member, 'refused signature');
  await button(member.page, 'Join as guest').click();
  await connected(member.page);
});

test('the fallback to guest is reported and offers the way back', async ({ person, server }) => {
  const [host, member] = [await person(), await person()];
  const url = await create(host);
  const door = `${server.url}/api/v1/nests/${await idOf(host.page)}`;
  await member.page.route(door, (route) =>
    route.fulfill({ status: 500, json: { error: 'Something broke', code: 'internal' } }),
  );
  await member.page.goto(url);
  await button(member.page, 'Join').click();
  await connected(member.page);
  await expect(member.page.getByText('You joined as a guest').first()).toBeVisible();
  await accessible(member.page, 'fell back to guest');
  await member.page.unroute(door);
  await button(member.page, 'Join with your key').click();
  await connected(member.page);
  await expect(button(member.page, 'Join with your key')).toHaveCount(0);
});

test('media away', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await guest.page.route('**/guest', (route) =>
    route.fulfill({
      status: 503,
      json: { error: 'The media server does not answer', code: 'media_unavailable', hint: 'Wait.' },
    }),
  );
  await guest.page.goto(url);
  await button(guest.page, 'Join as guest').click();
  await expect(heading(guest.page, 'The media server does not answer')).toBeVisible();
  await diagnosable(guest, 'media away');
  await expect(guest.page.getByText('Scenario A')).toBeVisible();
});

test('the server does not answer', async ({ person }) => {
  const someone = await person();
  await someone.page.route('**/api/**', (route) => route.abort());
  await someone.page.route('**/health', (route) => route.abort());
  await someone.page.goto(`/n/${randomUUID()}`);
  await expect(heading(someone.page, 'The server does not answer')).toBeVisible();
  await diagnosable(someone, 'unreachable');
  await expect(someone.page.getByText('Scenario C')).toBeVisible();
});

test('the lobby: loading, empty, failed, and a create that is refused', async ({ person }) => {
  const someone = await person();
  const { page } = someone;
  let answer: () => void = () => {};
  const held = new Promise<void>((done) => {
    answer = done;
  });
  await page.route('**/api/v1/nests', async (route) => {
    if (route.request().method() === 'PUT') {
      return route.fulfill({
        status: 403,
        json: { error: 'You cannot create nests on this server', code: 'create_not_allowed', hint: 'Ask.' },
      });
    }
    await held;
    return route.fulfill({ json: { nests: [], next: '' } });
  });
  await page.goto('/');
  await expect(page.getByText('Loading nests')).toBeAttached();
  await accessible(page, 'lobby loading');
  answer();
  await expect(heading(page, 'It is quiet here')).toBeVisible();
  await accessible(page, 'lobby empty');

  await button(page, 'Create nest').click();
  await expect(page.getByText('Give your nest a title.')).toBeVisible();
  await page.getByLabel('Title').fill('Birds');
  await button(page, 'Create nest').click();
  await expect(page.getByRole('alert')).toContainText('You cannot create nests on this server');
  await diagnosable(someone, 'create refused');

  await page.unroute('**/api/v1/nests');
  await page.route('**/api/v1/nests', (route) =>
    route.fulfill({ status: 500, json: { error: 'Something broke', code: 'internal', hint: 'Try again later.' } }),
  );
  await page.reload();
  await expect(heading(page, 'The list could not be loaded')).toBeVisible();
  await diagnosable(someone, 'lobby failed');
});

test('a denied microphone', async ({ person, server }) => {
  const browser = await launch([
    '--no-sandbox',
    '--use-fake-device-for-media-stream',
    '--allow-loopback-in-peer-connection',
  ]);
  const host = await newPerson(browser, { baseURL: server.url });
  await create(host);
  await button(host.page, 'Unmute').click();
  await expect(host.page.getByRole('alert')).toContainText('This page may not use the microphone.');
  await connected(host.page);
  await diagnosable(host, 'mic denied');
  await browser.close();
  await person(); // keeps the guard's fixture in the test
});
