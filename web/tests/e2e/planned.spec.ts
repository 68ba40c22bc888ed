import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { call, newSecret } from './sign.ts';
import { accessible, button, connected, expect, hears, region, test } from './test.ts';

test('in a planned nest speakers hear each other, listeners wait with a countdown, and Go live admits them', {
  tag: '@alone',
}, async ({ person, server }) => {
  test.setTimeout(120_000);
  const [host, speaker, guest] = [await person(), await person(), await person()];
  await host.page.goto('/');
  await host.page.getByLabel('Title').fill('Dawn chorus');
  await host.page.getByRole('link', { name: 'Schedule the nest, or add details' }).click();
  await expect(host.page.getByLabel('Title')).toHaveValue('Dawn chorus');
  await host.page.getByRole('radio', { name: /^Later/ }).check();
  await host.page.getByLabel('Starts').fill('2020-01-01T10:00');
  await button(host.page, 'Create nest').click();
  await expect(host.page.getByText('Choose a time in the future.')).toBeVisible();
  await expect(host.page.getByLabel('Starts')).toBeFocused();
  await accessible(host.page, 'new, with a problem');
  const soon = new Date(Date.now() + 2 * 3_600_000);
  await host.page
    .getByLabel('Starts')
    .fill(new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000).toISOString().slice(0, 16));
  await button(host.page, 'Create nest').click();
  await expect(host.page.getByRole('heading', { name: 'Dawn chorus' })).toBeVisible();
  await expect(host.page.getByRole('timer')).toContainText('hours');
  await accessible(host.page, 'planned');
  const url = host.page.url();
  await button(host.page, 'Join').click();
  await connected(host.page);
  await expect(region(host.page, 'Backstage')).toBeVisible();
  await accessible(host.page, 'backstage');
  await button(host.page, 'Unmute').click();

  const secret = newSecret();
  const id = await host.page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id as string);
  const hostKey = await host.page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
  const invited = { participant: getPublicKey(hexToBytes(secret)), can_publish: true };
  expect((await call(hostKey, 'POST', `${server.url}/api/v1/nests/${id}/permissions`, invited)).status).toBe(201);
  await speaker.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
  await speaker.page.goto(url);
  await button(speaker.page, 'Join').click();
  await connected(speaker.page);
  await expect(region(speaker.page, 'Backstage')).toBeVisible();
  await expect(button(speaker.page, 'Go live')).toHaveCount(0);
  await hears(speaker.page);

  await guest.page.goto(url);
  await button(guest.page, 'Join as guest').click();
  await expect(guest.page.getByRole('heading', { name: '“Dawn chorus” has not started yet' })).toBeVisible();
  await expect(guest.page.getByRole('timer')).toContainText('hours');
  await accessible(guest.page, 'waiting');
  await guest.page.reload(); // it goes on waiting
  await expect(guest.page.getByRole('heading', { name: '“Dawn chorus” has not started yet' })).toBeVisible();

  await button(host.page, 'Go live').click();
  await expect(region(host.page, 'Backstage')).toHaveCount(0);
  await expect(region(speaker.page, 'Backstage')).toHaveCount(0);
  await connected(guest.page);
  await expect(region(guest.page, 'Stage').getByRole('listitem')).toHaveCount(2);
});
