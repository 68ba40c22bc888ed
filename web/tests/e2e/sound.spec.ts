import type { Server } from './server.ts';
import { accessible, button, create, expect, hears, launch, newPerson, test } from './test.ts';

// Tracing asks the page things, and being asked counts as the user's touch that this test must be without.
test.use({ trace: 'off' });

test('sound that the browser blocks needs one tap, or one press on the lock screen', { tag: '@alone' }, async ({
  server,
  person,
}) => {
  test.setTimeout(90_000);
  const host = await person();
  await create(host);
  const id = await host.page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id);
  await button(host.page, 'Unmute').click();
  for (const way of ['tap', 'press'] as const) await test.step(way, () => heldBack(server, id, way));
});

async function heldBack(server: Server, id: string, way: 'tap' | 'press'): Promise<void> {
  const browser = await launch([
    '--no-sandbox',
    '--allow-loopback-in-peer-connection',
    '--autoplay-policy=document-user-activation-required',
  ]);
  try {
    const guest = await newPerson(browser, { baseURL: server.url });
    const { page } = guest;
    // A reload comes back without a click. Asking the page anything before would count as one.
    await page.addInitScript(
      (nest) => sessionStorage.setItem('nests.in', JSON.stringify({ id: nest, as: 'guest' })),
      id,
    );
    await page.addInitScript(() => {
      const { setActionHandler } = MediaSession.prototype;
      MediaSession.prototype.setActionHandler = function (action, handler) {
        if (action === 'play') Object.assign(globalThis, { play: handler });
        setActionHandler.call(this, action, handler);
      };
    });
    await page.goto(`/n/${id}`);
    await expect
      .poll(() => guest.console, { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('⚠️ Sound waits for a tap'));
    if (way === 'tap') await accessible(page, 'sound held back');
    expect(await page.evaluate(() => navigator.mediaSession.playbackState)).toBe('paused');
    if (way === 'tap') await button(page, 'Tap to hear').click();
    else await page.evaluate(() => (globalThis as { play?: () => void }).play?.());
    await expect(button(page, 'Tap to hear')).toHaveCount(0);
    await hears(page, 2_500);
    expect(await page.evaluate(() => navigator.mediaSession.playbackState)).toBe('playing');
  } finally {
    await browser.close();
  }
}
