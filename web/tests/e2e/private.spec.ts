import { npubEncode } from 'nostr-tools/nip19';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { newSecret } from './sign.ts';
import { accessible, button, connected, expect, hears, join, type Page, type Person, region, test } from './test.ts';

const heading = (page: Page, name: string) => page.getByRole('heading', { name });

// invite makes an invitation in the open dialog and answers with its link.
async function invite({ page }: Person, lets: string): Promise<string> {
  await page.getByRole('radio', { name: lets }).check();
  const link = page.getByRole('dialog').locator('code');
  const before = (await link.count()) > 0 ? await link.textContent() : '';
  await button(page, 'Create invitation').click();
  await expect(link).not.toHaveText(before ?? '');
  await expect(link).toContainText('?invite=');
  return (await link.textContent()) ?? '';
}

test('a private nest refuses non-members; an invitation admits once per use until it is revoked', {
  tag: '@alone',
}, async ({ person }) => {
  test.setTimeout(120_000);
  const [host, stranger, guest, member] = [await person(), await person(), await person(), await person()];
  await host.page.goto('/new');
  await host.page.getByLabel('Title').fill('Family table');
  await host.page.getByRole('radio', { name: /Invited people/ }).check();
  await button(host.page, 'Create nest').click();
  await connected(host.page);
  await button(host.page, 'Unmute').click();
  const url = host.page.url();

  await stranger.page.goto(url);
  await expect(heading(stranger.page, 'This nest is private')).toBeVisible();
  await accessible(stranger.page, 'private');
  for (const door of ['Join as guest', 'Join']) {
    const refused = stranger.page.waitForResponse((response) => response.status() === 403);
    await button(stranger.page, door).click();
    await refused;
    await expect(heading(stranger.page, 'This nest is private')).toBeVisible();
  }
  // Join created a key.
  await expect(stranger.page.getByRole('banner').getByRole('button', { name: 'Your key' })).toBeVisible();
  await stranger.page.goto('/');
  await expect(stranger.page.getByText(/It is quiet here|Coming up|nobody on stage|Live now/).first()).toBeVisible();
  await expect(stranger.page.getByRole('link', { name: 'Family table' })).toHaveCount(0);

  await button(host.page, 'Invitations').click();
  const once = await invite(host, '1 person');
  await accessible(host.page, 'invitations');
  await guest.page.goto(once);
  await expect(heading(guest.page, 'Family table')).toBeVisible();
  await expect(guest.page).toHaveURL(url); // the secret does not stay where it would be copied along
  await button(guest.page, 'Join as guest').click();
  await connected(guest.page);
  await hears(guest.page);
  await guest.page.reload();
  await connected(guest.page);

  await stranger.page.goto(once);
  await expect(heading(stranger.page, 'This invitation has no uses left')).toBeVisible();
  await accessible(stranger.page, 'invitation used up');
  const any = await invite(host, 'Anyone');
  const secret = newSecret();
  await member.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
  await join(member, any, 'Join');
  await button(host.page, 'Revoke').first().click();
  await expect(button(host.page, 'Revoke')).toHaveCount(1);
  await stranger.page.goto(any);
  await expect(heading(stranger.page, 'This invitation is not valid for this nest')).toBeVisible();

  // A place that is taken is left at once; one that is given opens the nest by its address alone.
  const place = region(host.page, 'People with access').getByRole('listitem').filter({ hasNotText: 'Guest' });
  await place.getByRole('button', { name: 'Remove access' }).click();
  await expect(heading(member.page, 'This nest is private')).toBeVisible({ timeout: 5_000 });
  await host.page.getByLabel('Give access to').fill('somebody');
  await button(host.page, 'Give access').click();
  await expect(host.page.getByText('This is not an npub.')).toBeVisible();
  await host.page.getByLabel('Give access to').fill(npubEncode(getPublicKey(hexToBytes(secret))));
  await button(host.page, 'Give access').click();
  await expect(place).toHaveCount(1);
  await member.page.goto(url);
  await expect(heading(member.page, 'Family table')).toBeVisible();
  await button(member.page, 'Join').click();
  await connected(member.page);
});
