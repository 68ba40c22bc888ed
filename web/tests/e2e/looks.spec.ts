import { join as path } from 'node:path';
import { asIs, axe, schemes } from './accessible.ts';
import { connectedInGerman, createInGerman, de } from './german.ts';
import { aPicture, choose } from './picture.ts';
import { publish, sign } from './relay.ts';
import { newSecret } from './sign.ts';
import { answers, history, operated, problem } from './status.ts';
import {
  button,
  create,
  dismissToasts,
  expect,
  join,
  type Locator,
  type Page,
  type Person,
  region,
  test,
} from './test.ts';

const folder = path(import.meta.dirname, '..', '..', 'test-results', 'looks');
const widths = [360, 768, 1920, 1280]; // the last is the one at which a test goes on

// fits checks that nothing is wider than the screen, and that everything one can tap is at least 44 px. It waits
// until what measures itself has drawn itself anew for the size of the screen.
async function fits(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    const visible = (selector: string) =>
      [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => element.checkVisibility());
    const small = visible('button, select, .hit, header a')
      .map((element) => ({ name: element.textContent, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`);
    const cut = visible('button, [role="button"], dt, dd, label > span')
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .filter((element) => element.clientWidth > 0 && getComputedStyle(element).overflow === 'visible')
      .map((element) => `${element.textContent} ${element.scrollWidth} in ${element.clientWidth}`);
    return { wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, small, cut };
  });
  expect(found.wide, `sideways scrolling, ${where}`).toBeLessThanOrEqual(0);
  expect(found.small, `too small to tap, ${where}`).toEqual([]);
  expect(found.cut, `words that stick out, ${where}`).toEqual([]);
}

const pictures = process.env.LOOKS === '1'; // make screenshots; what fits is checked either way

async function look(page: Page, name: string, at?: Locator | 'all'): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      if (at && at !== 'all') await at.evaluate((element) => element.scrollIntoView({ block: 'center' }));
      await fits(page, `${name}, ${colorScheme}, ${width}`);
      if (pictures)
        await page.screenshot({ path: path(folder, `${name}-${colorScheme}-${width}.png`), fullPage: at === 'all' });
    }
    await axe(page, name, colorScheme);
  }
  await page.emulateMedia(asIs);
}

test('hands, an invitation, a card and the chat', async ({ person }) => {
  test.setTimeout(180_000);
  const [host, first, second, guest] = [await person(), await person(), await person(), await person()];
  const url = await create(host, 'Evening birds');
  for (const listener of [first, second]) await join(listener, url, 'Join');
  await join(guest, url, 'Join as guest');
  const message = (page: Page) => region(page, 'Chat').getByLabel('Message', { exact: true });
  const write = async (page: Page, text: string) => {
    await message(page).fill(text);
    await page.keyboard.press('Enter');
  };
  await write(host.page, 'Welcome, everybody! Tonight: how birds build. Notes: https://example.org/birds');
  await expect(region(first.page, 'Chat')).toContainText('Welcome');
  await region(first.page, 'Chat').getByRole('button', { name: 'Reply' }).click();
  await write(first.page, 'Looking forward to it');
  await write(second.page, 'مرحبا بالجميع');
  await write(second.page, 'Do swallows really reuse their nests?');
  for (const listener of [second, first]) await button(listener.page, 'Raise hand').click();
  await expect(region(host.page, 'Hands').getByRole('listitem')).toHaveCount(2);
  await dismissToasts(host.page);
  await look(host.page, 'hands-host');
  await look(second.page, 'hand-raised');
  await region(host.page, 'Hands').getByRole('button', { name: 'Invite to stage' }).first().click();
  await expect(button(second.page, 'Accept')).toBeVisible();
  await look(second.page, 'invited');
  await region(host.page, 'Audience').getByRole('listitem').first().getByRole('button').first().click();
  await expect(host.page.getByRole('dialog')).toBeVisible();
  await look(host.page, 'card');
  await button(host.page, 'Report').click();
  await expect(button(host.page, 'Send report')).toBeVisible();
  await look(host.page, 'report');
  await guest.page.setViewportSize({ width: 360, height: 740 });
  await button(guest.page, 'Chat').click();
  await look(guest.page, 'chat-guest');
  await first.page.setViewportSize({ width: 360, height: 740 });
  await button(first.page, 'Chat').click();
  await region(first.page, 'Chat').getByRole('button', { name: 'Reply', exact: true }).first().click();
  await look(first.page, 'chat-reply');
});

test('lobby, preview, nest and its end at four widths, light and dark', async ({ person }) => {
  test.setTimeout(180_000);
  const title = 'Evening birds: how they build, and why they sing at dawn';
  const [host, speaker, guest] = [await person(), await person(), await person()];
  const url = await create(host, title);
  await join(speaker, url, 'Join');
  await join(guest, url, 'Join as guest');
  await region(host.page, 'Audience').getByRole('button', { name: 'Invite to stage' }).click();
  await button(speaker.page, 'Accept').click();
  await button(speaker.page, 'Unmute').click();
  await expect(region(host.page, 'Stage').getByText('speaking')).toBeAttached({ timeout: 20_000 });

  const visitor = await person();
  await visitor.page.goto('/');
  await expect(visitor.page.getByRole('link', { name: title })).toBeVisible();
  await look(visitor.page, 'lobby');
  await visitor.page.getByRole('link', { name: title }).click();
  await expect(button(visitor.page, 'Join')).toBeVisible();
  await look(visitor.page, 'preview');
  await look(host.page, 'nest-host');
  await look(guest.page, 'nest-guest');
  await button(host.page, 'End nest').click();
  await expect(host.page.getByRole('heading', { name: 'This nest has ended' })).toBeVisible();
  await button(host.page, 'Run API Diagnostics').click();
  await expect(host.page.getByText('Room exists: ❌')).toBeVisible();
  await look(host.page, 'ended-host');
});

test('the lobby with other servers, and with people one follows', async ({ person }) => {
  test.setTimeout(120_000);
  const host = await person();
  await create(host, 'Evening birds');
  await button(host.page, 'Leave').click();
  const { page } = host;
  const secret = newSecret();
  const now = Math.floor(Date.now() / 1000);
  const space = (d: string, service: string, tags: string[][]) =>
    sign(secret, { kind: 30312, created_at: now, content: '', tags: [['d', d], ['service', service], ...tags] });
  const spaces = [
    space('1', 'https://nests.example', [
      ['room', 'Slow radio from the harbour'],
      ['status', 'open'],
      ['summary', 'Ships, mostly.'],
    ]),
    space('2', 'https://a-rather-long-name.of-another-server.example', [
      ['title', 'Reading group, chapter nine'],
      ['status', 'live'],
      ['color', 'gradient-3'],
    ]),
    space('3', 'https://audio.example', [
      ['room', 'Sunday choir'],
      ['status', 'planned'],
      ['starts', String(now + 90_000)],
    ]),
  ];
  await page.route('**/api/v1/config', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...(await answer.json()), relays: ['wss://relay.example'] } });
  });
  await page.routeWebSocket(/relay\.example/, (socket) => {
    socket.onMessage((message) => {
      const [verb, id, filter] = JSON.parse(String(message));
      if (verb !== 'REQ') return;
      for (const event of filter.kinds.includes(30312) ? spaces : []) socket.send(JSON.stringify(['EVENT', id, event]));
      socket.send(JSON.stringify(['EOSE', id]));
    });
  });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'On other servers' })).toContainText('3');
  await look(page, 'lobby-elsewhere');
  await look(page, 'lobby-elsewhere-below', page.getByRole('list', { name: 'On other servers' }));
  await button(page, 'People I follow').click();
  await expect(page.getByRole('heading', { name: 'Your follow list was not found' })).toBeVisible();
  await look(page, 'lobby-follow-missing');
});

test('the form, planned, waiting, backstage and invitations', async ({ person }) => {
  test.setTimeout(180_000);
  const [host, guest] = [await person(), await person()];
  const { page } = host;
  await page.goto('/new');
  await page.getByLabel('Title').fill('Dawn chorus: what birds tell each other before we wake');
  await page.getByRole('radio', { name: /^Later/ }).check();
  await page.getByRole('radio', { name: /Invited people/ }).check();
  await page.getByLabel('Summary').fill('An hour of recordings from the wood, and two people who know what they mean.');
  await page.getByRole('radio', { name: 'Lagoon' }).check();
  await page.getByLabel('Topics').fill('birds morning');
  await choose(page, await aPicture(page));
  await expect(page.getByText('The picture is uploaded.')).toBeVisible();
  await look(page, 'new');
  await button(page, 'Create nest').click();
  await expect(page.getByRole('timer')).toBeVisible();
  await look(page, 'planned');
  await button(page, 'Join').click();
  await expect(region(page, 'Backstage')).toBeVisible();
  await look(page, 'backstage');
  await button(page, 'Invitations').click();
  await button(page, 'Create invitation').click();
  await expect(page.getByRole('dialog').locator('code')).toContainText('invite=');
  await look(page, 'invitations');
  await guest.page.goto((await page.getByRole('dialog').locator('code').textContent()) ?? '');
  await button(guest.page, 'Join as guest').click();
  await expect(guest.page.getByRole('heading', { name: /has not started yet/ })).toBeVisible();
  await look(guest.page, 'waiting');
});

test('the login and the account', async ({ person }) => {
  test.setTimeout(60_000);
  const { page } = await person();
  await page.goto('/');
  await button(page, 'Log in').click();
  await look(page, 'login');
  await page.getByRole('button', { name: /^Signer app/ }).click();
  await expect(page.getByRole('link', { name: 'Open signer app' })).toBeVisible();
  await look(page, 'login-signer');
  await button(page, 'Other ways to log in').click();
  await page.getByRole('button', { name: /^New here/ }).click();
  await expect(page.locator('input[autocomplete="username"]')).toHaveValue(/^npub1/);
  await look(page, 'backup');
  await button(page, 'I saved it').click();
  await page.getByRole('banner').getByRole('button', { name: 'Your key' }).click();
  await page.getByText('Keep this key').click();
  await look(page, 'account');
});

test('settings, edit, share, and the ways of being out', async ({ person }) => {
  test.setTimeout(120_000);
  const [host, member, stranger] = [await person(), await person(), await person()];
  await stranger.page.goto('/naddr1nonsense');
  await look(stranger.page, 'nothing-here');
  await stranger.page.goto('/settings');
  await button(stranger.page, 'Test microphone').click();
  await look(stranger.page, 'settings');
  const url = await create(host, 'Evening birds');
  await stranger.page.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'));
  await stranger.page.goto(url);
  await button(stranger.page, 'Join').click();
  await expect(button(stranger.page, 'Share')).toBeVisible();
  await look(stranger.page, 'no-webrtc');
  await button(host.page, 'Edit nest').click();
  await choose(host.page, { name: 'x.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await expect(host.page.getByText('Your browser cannot read this picture')).toBeVisible();
  await host.page.getByLabel('Topics').scrollIntoViewIfNeeded();
  await look(host.page, 'edit');
  await choose(host.page, await aPicture(host.page));
  await button(host.page, 'Save').click();
  await expect(host.page.getByRole('dialog')).toHaveCount(0);
  await stranger.page.goto(url);
  await expect(button(stranger.page, 'Join')).toBeVisible();
  await look(stranger.page, 'preview-picture');
  await button(host.page, 'Share').click();
  await look(host.page, 'share');
  await host.page.keyboard.press('Escape');
  await join(member, url, 'Join');
  await region(host.page, 'Audience').getByRole('listitem').first().getByRole('button').first().click();
  await button(host.page, 'Remove from nest').click();
  await expect(member.page.getByRole('heading', { name: 'You were removed from this nest' })).toBeVisible();
  await look(member.page, 'removed');
  await button(host.page, 'Leave').click();
  await look(host.page, 'left');
});

test('without a network, and without a server', async ({ person }) => {
  test.setTimeout(120_000);
  const [host, visitor] = [await person(), await person()];
  const url = await create(host);
  const { page, context } = visitor;
  await page.clock.install();
  await page.goto('/');
  await page.clock.fastForward(3_000); // the rest that the app leaves a page before it registers the worker
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
  await look(page, 'lobby-offline');
  await page.goto(url);
  await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
  await look(page, 'nest-offline');
  await context.setOffline(false);
  await page.route('**/api/**', (route) => route.abort());
  await page.reload();
  await expect(page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible();
  await look(page, 'nest-unreachable');
});

test('in German', async ({ person }) => {
  test.setTimeout(120_000);
  const [host, guest] = [await person({ locale: 'de-DE' }), await person({ locale: 'de-DE' })];
  const url = await createInGerman(host, 'Abendvögel: wie sie bauen und warum sie singen');
  await guest.page.goto('/');
  await expect(guest.page.getByRole('link', { name: /Abendvögel/ })).toBeVisible();
  await look(guest.page, 'german-lobby');
  await guest.page.goto(url);
  await button(guest.page, de['action.join']).click();
  await connectedInGerman(guest.page);
  await button(guest.page, de['action.raiseHand']).click();
  await expect(region(host.page, de['region.hands']).getByRole('listitem')).toHaveCount(1);
  await dismissToasts(host.page);
  await look(host.page, 'german-host');
  await look(guest.page, 'german-listener');
  await region(host.page, de['region.audience']).getByRole('button').first().click();
  await look(host.page, 'german-card');
  await guest.page.goto('/settings');
  await look(guest.page, 'german-settings');
  await guest.page.goto('/new');
  await guest.page.getByRole('radio', { name: de['create.when.later'] }).check();
  await look(guest.page, 'german-new');
});

test('the server status', async ({ person }) => {
  const { page } = await person();
  let release = (): void => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  await page.route('**/api/v1/diagnostics', async (route) => {
    await held;
    await route.abort();
  });
  await page.goto('/status');
  await look(page, 'status-loading');
  release();
  await expect(page.getByRole('heading', { name: 'The server’s status could not be loaded' })).toBeVisible();
  await look(page, 'status-unreachable');
  await page.unroute('**/api/v1/diagnostics');
  await answers(page, problem);
  await button(page, 'Try again').click();
  await expect(page.getByRole('heading', { name: 'The media server does not answer.' })).toBeVisible();
  await region(page, 'Checks').getByText('Evidence').nth(1).click();
  await look(page, 'status-problem', 'all');
  await page.unroute('**/api/v1/diagnostics');
  await answers(page, history);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'All is well.' })).toBeVisible();
  await look(page, 'status-history', 'all');
});

test('what an operator sees of the server', async ({ person }) => {
  test.setTimeout(90_000);
  const { page } = await person();
  await page.addInitScript((key) => sessionStorage.setItem('nests.key', key), newSecret());
  await answers(page, history);
  await operated(page);
  await page.goto('/status');
  await expect(region(page, 'Audit log').getByRole('listitem')).toHaveCount(4);
  await region(page, 'Nests').getByText('People inside').first().click();
  await look(page, 'status-operator', 'all');
  await button(page, 'End nest').first().click();
  await look(page, 'status-operator-end');
});

test('a live nest, for the README', async ({ person }) => {
  test.setTimeout(120_000);
  const names = ['Ada', 'Bashir', 'Chiara', 'Dmitri', 'Esi', 'Freya', 'Goran', 'Hana'];
  const people = await Promise.all(names.map(() => person()));
  const [host, ...others] = people as [Person, ...Person[]];
  await host.page.goto('/new');
  await host.page.getByLabel('Title').fill('Dawn chorus: what the birds are saying');
  await host.page.getByLabel('Summary').fill('Bring your coffee. We listen first, then we talk.');
  await host.page.getByRole('radio', { name: 'Lagoon' }).check();
  await button(host.page, 'Create nest').click();
  await expect(host.page.getByRole('status', { name: 'Connected' })).toBeVisible();
  for (const other of others) await join(other, host.page.url(), 'Join');
  for (const [index, { page }] of people.entries()) {
    const secret = await page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
    const content = JSON.stringify({ name: names[index] });
    const event = sign(secret, { kind: 0, created_at: Math.floor(Date.now() / 1000), content, tags: [] });
    expect(await publish(page, [event])).toEqual([]);
  }
  const audience = region(host.page, 'Audience');
  for (let invited = 0; invited < 4; invited++) {
    await audience.getByRole('button', { name: 'Invite to stage' }).first().click();
    await expect(region(host.page, 'Stage').getByRole('listitem')).toHaveCount(invited + 2);
  }
  const write = async ({ page }: Person, text: string) => {
    await region(page, 'Chat').getByLabel('Message', { exact: true }).fill(text);
    await page.keyboard.press('Enter');
  };
  const viewer = others.at(-1) as Person;
  for (const { page } of others) if (await button(page, 'Accept').isVisible()) await button(page, 'Accept').click();
  await write(viewer, 'Was that a nightingale?');
  await write(host, 'A blackbird, showing off.');
  await button(host.page, 'Unmute').click();
  await button(viewer.page, 'Raise hand').click();
  await viewer.page.reload(); // the names are known from the start
  await expect(region(viewer.page, 'Stage').getByText('speaking').first()).toBeAttached({ timeout: 20_000 });
  await dismissToasts(viewer.page);
  await button(host.page, 'React').click();
  await look(host.page, 'reactions');
  for (const colorScheme of ['light', 'dark'] as const) {
    await viewer.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await viewer.page.setViewportSize({ width: 1280, height: 800 });
    await viewer.page.screenshot({ path: path(folder, `readme-${colorScheme}.png`) });
  }
});
