import { nsecEncode } from 'nostr-tools/nip19';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { friendlyName } from '../../src/nostr/friendly.ts';
import { newSecret } from './sign.ts';
import { RemoteSigner } from './signer.ts';
import { accessible, button, connected, create, expect, join, type Page, region, test } from './test.ts';

const dialog = (page: Page) => page.getByRole('dialog');

const signed = (asked: string[]) => asked.filter((what) => /^\d+$/.test(what));

test('a guest taps the hand: the login is a sheet, the sound goes on, the hand goes up', { tag: '@alone' }, async ({
  person,
}) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await button(host.page, 'Unmute').click();
  await join(guest, url, 'Join as guest');
  const { page } = guest;
  // The gap is the longest time during which no voice that is not muted goes on playing.
  await page.evaluate(() => {
    const gap = { longest: 0 };
    Object.assign(globalThis, { gap });
    let last = performance.now();
    const was = new Map<HTMLAudioElement, number>();
    const look = () => {
      for (const element of document.querySelectorAll('audio')) {
        const moved = element.currentTime > (was.get(element) ?? 0);
        was.set(element, element.currentTime);
        if (moved && !element.paused && !element.muted) last = performance.now();
      }
      gap.longest = Math.max(gap.longest, performance.now() - last);
    };
    const start = setInterval(() => {
      look();
      if (performance.now() - last > 50) return;
      clearInterval(start);
      gap.longest = 0;
      setInterval(look, 10);
    }, 10);
  });
  await expect(region(host.page, 'Audience').getByRole('listitem')).toHaveCount(1);
  await button(page, 'Raise hand').click();
  await expect(dialog(page)).toContainText('Log in');
  await accessible(page, 'login');
  await button(page, 'New here? Make a key One tap, no name, no email').click();
  await expect(dialog(page)).toContainText('Keep your key');
  await expect(page.locator('input[autocomplete="new-password"]').first()).toHaveValue(/^nsec1/);
  await expect(page.locator('input[autocomplete="username"]')).toHaveValue(/^npub1/);
  await accessible(page, 'key backup');
  await button(page, 'I saved it').click();
  await expect(button(page, 'Lower hand')).toBeVisible();
  await expect(region(host.page, 'Hands').getByRole('listitem')).toHaveCount(1);
  await expect(region(host.page, 'Audience').getByRole('listitem')).toHaveCount(1);
  const gap = await page.evaluate(() => (globalThis as unknown as { gap: { longest: number } }).gap.longest);
  expect(gap, 'ms without sound').toBeLessThan(200);
});

test('a closed login changes nothing, and the guest listens on; a key is not lost by one tap', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await join(guest, url, 'Join as guest');
  await button(guest.page, 'Raise hand').click();
  await expect(dialog(guest.page)).toContainText('New here?');
  await guest.page.keyboard.press('Escape');
  await expect(dialog(guest.page)).toHaveCount(0);
  await connected(guest.page);
  await expect(button(guest.page, 'Raise hand')).toBeEnabled();

  // The host's key was made by creating: one tap does not end its only copy.
  const { page } = host;
  await page.getByRole('banner').getByRole('button', { name: 'Your key' }).click();
  await button(page, 'Log out').click();
  await expect(dialog(page)).toContainText('This key exists only in this tab');
  await expect(page.locator('input[autocomplete="new-password"]').first()).toHaveValue(/^nsec1/);
  await accessible(page, 'about to leave a key');
  await button(page, 'Log out anyway').click();
  await expect(button(page, 'Log in')).toBeVisible();
});

test('private keys: a wrong one is said, an nsec logs in, kept under a passphrase it opens again', async ({
  person,
}) => {
  const { page } = await person();
  const secret = newSecret();
  const pubkey = getPublicKey(hexToBytes(secret));
  await page.goto('/');
  await button(page, 'Log in').click();
  await page.getByRole('button', { name: /^Private key/ }).click();
  await page.getByLabel('Private key').fill('nsec1nonsense');
  await dialog(page).getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(dialog(page).getByRole('alert')).toContainText('This is not a key');
  await expect(page.getByLabel('Private key')).toHaveValue('nsec1nonsense');
  await accessible(page, 'login, a wrong key');
  await page.getByLabel('Private key').fill(nsecEncode(hexToBytes(secret)));
  await page.keyboard.press('Enter');
  const account = page.getByRole('banner').getByRole('button', { name: 'Your key' });
  await expect(account).toContainText(friendlyName(pubkey));

  await account.click();
  await page.getByText('Keep this key').click();
  await page.getByText('Keep the key on this device, too').click();
  await page.getByLabel('Passphrase, 8 characters or more').fill('correct horse');
  await accessible(page, 'account');
  await button(page, 'Keep it locked').click();
  await expect(dialog(page)).toHaveCount(0);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(secret);
  await account.click();
  await button(page, 'Log out').click();
  await expect(button(page, 'Log in')).toBeVisible();
  await page.reload();
  await button(page, 'Log in').click();
  const kept = dialog(page)
    .getByRole('listitem')
    .filter({ hasText: friendlyName(pubkey) });
  await kept.getByRole('button', { name: 'Use' }).click();
  await page.getByLabel('Passphrase').fill('wrong');
  await kept.getByRole('button', { name: 'Use' }).click();
  await expect(dialog(page).getByRole('alert')).toContainText('The passphrase is wrong');
  await page.getByLabel('Passphrase').fill('correct horse');
  await kept.getByRole('button', { name: 'Use' }).click();
  await expect(account).toContainText(friendlyName(pubkey));
});

test('a remote signer by its address signs the space and one session, and is not asked again', async ({
  person,
  server,
}) => {
  const host = await person();
  const signer = new RemoteSigner();
  await signer.start(host.context, server.url);
  const { page } = host;
  await page.goto('/');
  await button(page, 'Log in').click();
  await page.getByRole('button', { name: /^Signer app/ }).click();
  await page
    .getByLabel('Or the address of your signer')
    .fill(signer.address(`${server.url.replace('http', 'ws')}/relay`));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('banner')).toContainText(friendlyName(signer.pubkey));
  await expect.poll(() => signer.asked).toEqual(['connect', 'get_public_key', '27235']);
  const url = await create(host);
  expect(signed(signer.asked)).toEqual(['27235', '30312']); // logged in, a nest is one signature
  await button(page, 'Leave').click();
  await button(page, 'Join').click();
  await connected(page);
  await page.goto(url); // a new page, and the session is still the same
  await connected(page);
  expect(signed(signer.asked)).toHaveLength(2);

  // Silent: a clear state after a minute, with the guest's way in.
  await button(page, 'Leave').click();
  await page.context().clearCookies();
  await page.clock.install();
  await page.reload();
  signer.silent = true;
  await button(page, 'Join').click();
  await expect.poll(() => signed(signer.asked).length).toBe(3);
  await page.clock.fastForward(61_000);
  await expect(page.getByRole('heading', { name: 'Your signer did not answer' })).toBeVisible();
  await accessible(page, 'signer silent');
  await button(page, 'Join as guest').click();
  await connected(page);
});

test('a signer app takes the address it is shown, also when the page was closed meanwhile', async ({
  person,
  server,
}) => {
  const someone = await person();
  const signer = new RemoteSigner();
  await signer.start(someone.context, server.url);
  const { page } = someone;
  await page.goto('/');
  await button(page, 'Log in').click();
  await page.getByRole('button', { name: /^Signer app/ }).click();
  await expect(page.getByRole('img', { name: 'QR code for your signer app' })).toBeVisible();
  await accessible(page, 'signer app');
  const uri = (await page.getByRole('link', { name: 'Open signer app' }).getAttribute('href')) ?? '';
  expect(uri).toMatch(/^nostrconnect:\/\/[0-9a-f]{64}\?relay=/);
  await page.goto('about:blank'); // killed while its user is in the signer app
  await signer.take(uri);
  await page.goto('/');
  await expect(page.getByRole('banner')).toContainText(friendlyName(signer.pubkey));
  await expect(dialog(page)).toHaveCount(0);
  await page.reload(); // and it stays
  await expect(page.getByRole('banner')).toContainText(friendlyName(signer.pubkey));
});
