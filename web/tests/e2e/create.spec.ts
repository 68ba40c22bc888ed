import { button, connected, expect, hears, type Page, test } from './test.ts';

// taps counts what a hand does: clicks and taps, not the typing between them.
async function taps(page: Page): Promise<() => Promise<number>> {
  let earlier = 0; // of pages that were left
  await page.exposeFunction('tapped', () => {
    earlier++;
  });
  await page.addInitScript(() => {
    addEventListener('pointerdown', () => (globalThis as unknown as { tapped(): void }).tapped(), true);
  });
  return async () => earlier;
}

test('a new host speaks in a nest after five taps within a minute, and a guest joins with two clicks', {
  tag: '@alone',
}, async ({ person }) => {
  const began = Date.now();
  const host = await person();
  const guest = await person({ viewport: { width: 360, height: 740 } });
  const tapped = await taps(host.page);
  await host.page.goto('/');
  await host.page.getByLabel('Title').click();
  await host.page.keyboard.type('First words');
  await button(host.page, 'Create nest').click();
  await connected(host.page);
  await button(host.page, 'Unmute').click();
  await expect(host.page).toHaveURL(/\/naddr1\w+$/);

  // A phone, from the lobby: the card, and Join as guest. It asks for no microphone.
  const clicked = await taps(guest.page);
  await guest.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('a listener was asked for the microphone'));
  });
  await guest.page.goto('/');
  await guest.page.getByRole('link', { name: 'First words' }).click();
  await button(guest.page, 'Join as guest').click();
  await connected(guest.page);
  await hears(guest.page);
  expect(await tapped()).toBeLessThanOrEqual(5);
  expect(await clicked()).toBe(2);
  expect(Date.now() - began).toBeLessThan(60_000);
  await expect(guest.page).toHaveURL(host.page.url());
  await host.page.reload();
  await connected(host.page);
  await expect(host.page).toHaveURL(guest.page.url());
});

test('a part of the app that fails to load is reported, and nothing is lost', async ({ person }) => {
  const { page } = await person();
  await page.goto('/');
  await page.route('**/assets/local-*.js', (route) => route.abort());
  await page.getByLabel('Title').fill('Half a page');
  await button(page, 'Create nest').click();
  await expect(page.getByText('The server does not answer').first()).toBeVisible();
  await expect(button(page, 'Create nest')).toBeEnabled();
  await expect(page.getByLabel('Title')).toHaveValue('Half a page');
});
