import { accessible, audible, button, create, expect, heard, launch, newPerson, test } from './test.ts';

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
  try {
    const guest = await newPerson(browser, { baseURL: server.url });
    const { page } = guest;
    // A reload comes back without a click. Asking the page anything before would count as one.
    await page.addInitScript(
      (nest) => sessionStorage.setItem('nests.in', JSON.stringify({ id: nest, as: 'guest' })),
      id,
    );
    await page.goto(`/n/${id}`);
    await expect
      .poll(() => guest.console, { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('⚠️ Sound waits for a tap'));
    await accessible(page, 'sound held back');
    await button(page, 'Tap to hear').click();
    await expect(button(page, 'Tap to hear')).toHaveCount(0);
    expect(await heard(page)).toBeGreaterThan(audible);
  } finally {
    await browser.close();
  }
});
