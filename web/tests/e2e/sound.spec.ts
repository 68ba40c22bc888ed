import { button, create, expect, launch, newPerson, test } from './test.ts';

// Tracing asks the page things, and being asked counts as the user's touch that this test must be without.
test.use({ trace: 'off' });

test('sound held back by the browser needs one tap', async ({ server, person }) => {
  const host = await person();
  await create(host);
  const id = await host.page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id);
  await button(host.page, 'Unmute').click();
  const browser = await launch([
    '--no-sandbox',
    '--allow-loopback-in-peer-connection',
    '--autoplay-policy=document-user-activation-required',
  ]);
  const { page } = await newPerson(browser, { baseURL: server.url });
  // A reload comes back without a click. Asking the page anything before would count as one.
  await page.addInitScript((nest) => sessionStorage.setItem('nests.in', JSON.stringify({ id: nest, as: 'guest' })), id);
  const blocked = page.waitForEvent('console', { predicate: (m) => m.text().startsWith('⚠️ Sound waits for a tap') });
  await page.goto(`/n/${id}`);
  await blocked;
  await button(page, 'Tap to hear').click();
  await expect(button(page, 'Tap to hear')).toHaveCount(0);
  await browser.close();
});
