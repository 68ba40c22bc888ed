import { publish, sign } from './relay.ts';
import { button, connected, create, expect, join, type Page, region, test } from './test.ts';

interface Spies {
  asked: number;
  held: () => number; // locks that are neither released nor taken back
  takeBack: () => Promise<void>; // as the browser does when the page goes out of sight
  handlers: Record<string, (() => void) | null>;
  told: number; // how often the metadata was set
  mic: boolean[];
}

const spies = (page: Page) => ({
  read: <T>(what: (of: Spies) => T) => page.evaluate(`(${what.toString()})(globalThis.spies)`) as Promise<Awaited<T>>,
  press: (action: string) =>
    page.evaluate((name) => (globalThis as unknown as { spies: Spies }).spies.handlers[name]?.(), action),
});

// The browser's own APIs go on working; what goes through them is written down.
async function spy(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const locks: WakeLockSentinel[] = [];
    const of: Spies = {
      asked: 0,
      held: () => locks.filter((lock) => !lock.released).length,
      takeBack: async () => {
        await Promise.all(locks.map((lock) => lock.release()));
      },
      handlers: {},
      told: 0,
      mic: [],
    };
    Object.assign(globalThis, { spies: of });
    const request = WakeLock.prototype.request;
    WakeLock.prototype.request = async function (type) {
      of.asked++;
      const lock = await request.call(this, type);
      locks.push(lock);
      return lock;
    };
    const session = MediaSession.prototype;
    const { setActionHandler, setMicrophoneActive } = session;
    session.setActionHandler = function (action, handler) {
      of.handlers[action] = handler as (() => void) | null;
      setActionHandler.call(this, action, handler);
    };
    session.setMicrophoneActive = function (active) {
      of.mic.push(active);
      return setMicrophoneActive.call(this, active);
    };
  });
}

const shown = (page: Page) =>
  page.evaluate(() => {
    const { metadata, playbackState } = navigator.mediaSession;
    return {
      title: metadata?.title,
      artist: metadata?.artist,
      art: metadata?.artwork.map(({ src }) => src),
      playbackState,
    };
  });

const held = (page: Page) => spies(page).read((of) => of.held());
const asked = (page: Page) => spies(page).read((of) => of.asked);

test('the screen stays on for who is on stage, and for listeners who want it', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  await spy(host.page);
  await spy(guest.page);
  const url = await create(host);
  await expect.poll(() => held(host.page)).toBe(1);
  await join(guest, url, 'Join as guest');
  expect(await asked(guest.page)).toBe(0);

  // Out of sight the browser takes it back; it is asked for when the page is seen again, and once only.
  await spies(host.page).read((of) => of.takeBack());
  expect(await held(host.page)).toBe(0);
  await host.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await host.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(() => held(host.page)).toBe(1);
  expect(await asked(host.page)).toBe(2);

  await guest.page.getByRole('link', { name: 'Settings' }).click();
  await guest.page.getByLabel('Keep the screen on while listening').check();
  await expect.poll(() => held(guest.page)).toBe(1);
  await guest.page.getByLabel('Keep the screen on while listening').uncheck();
  await expect.poll(() => held(guest.page)).toBe(0);
  await guest.page.getByLabel('Keep the screen on while listening').check();
  await button(guest.page, 'Return').click();
  await guest.page.reload(); // the device remembers
  await connected(guest.page);
  await expect.poll(() => held(guest.page)).toBe(1);
  await button(guest.page, 'Leave').click();
  await expect.poll(() => held(guest.page)).toBe(0);

  await button(host.page, 'Leave').click();
  await expect.poll(() => held(host.page)).toBe(0);
});

test('a screen that may not stay on takes nothing away', async ({ person }) => {
  const host = await person();
  await host.page.addInitScript(() => {
    WakeLock.prototype.request = () => Promise.reject(new DOMException('low battery', 'NotAllowedError'));
  });
  await create(host);
  await button(host.page, 'Unmute').click();
  await expect(button(host.page, 'Mute')).toBeVisible();
  await button(host.page, 'Leave').click();
});

test('off stage the lock and the microphone’s button go', async ({ person }) => {
  const [host, member] = [await person(), await person()];
  await spy(member.page);
  await join(member, await create(host), 'Join');
  const toggles = () => spies(member.page).read((of) => typeof of.handlers.togglemicrophone === 'function');
  expect(await toggles()).toBe(false);
  await region(host.page, 'Audience').getByRole('button', { name: 'Invite to stage' }).click();
  await button(member.page, 'Accept').click();
  await expect.poll(toggles).toBe(true);
  await expect.poll(() => held(member.page)).toBe(1);
  await button(member.page, 'Leave stage').click();
  await expect.poll(toggles).toBe(false);
  await expect.poll(() => held(member.page)).toBe(0);
});

test('what is heard is on the lock screen, and its buttons work', async ({ person }) => {
  const host = await person();
  const { page } = host;
  await spy(page);
  const picture = 'https://pictures.test/birds.png';
  await page.route(picture, (route) => route.abort());
  await page.goto('/new');
  await page.getByLabel('Title').fill('Dawn chorus');
  await page.getByLabel('Picture (optional)').fill(picture);
  await button(page, 'Create nest').click();
  await connected(page);
  const secret = await page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
  const content = JSON.stringify({ name: 'Ada' });
  const profile = sign(secret, { kind: 0, created_at: Math.floor(Date.now() / 1000), content, tags: [] });
  expect(await publish(page, [profile])).toEqual([]);
  await page.reload();
  await connected(page);
  await expect.poll(() => shown(page)).toMatchObject({ title: 'Dawn chorus', artist: 'Ada', playbackState: 'playing' });
  expect((await shown(page)).art).toEqual([picture, new URL('/icon-512.png', page.url()).href]);

  await spies(page).press('togglemicrophone');
  await expect(button(page, 'Mute')).toBeVisible();
  await expect.poll(() => spies(page).read((of) => of.mic.at(-1))).toBe(true);
  await spies(page).press('togglemicrophone');
  await expect(button(page, 'Unmute')).toBeVisible();
  await expect.poll(() => spies(page).read((of) => of.mic.at(-1))).toBe(false);

  for (const action of ['hangup', 'stop']) {
    await spies(page).press(action);
    await expect(page.getByRole('heading', { name: 'You left the nest' })).toBeVisible();
    expect(await shown(page)).toEqual({ playbackState: 'none' });
    expect(await spies(page).read((of) => Object.values(of.handlers).filter(Boolean).length)).toBe(0);
    await button(page, 'Join').click();
    await connected(page);
  }
});
