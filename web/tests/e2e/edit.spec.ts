import type { EventTemplate, NostrEvent } from 'nostr-tools/pure';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { sign, stored } from './relay.ts';
import { call } from './sign.ts';
import { accessible, button, connected, create, expect, join, type Page, test } from './test.ts';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name });
const secretOf = (page: Page) => page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
const idOf = (page: Page) => page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id as string);

test('an edit keeps what another client wrote, and everybody sees it', async ({ person, server }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host, 'Evening birds');
  await join(guest, url, 'Join as guest');
  const [secret, id] = [await secretOf(host.page), await idOf(host.page)];
  const pubkey = getPublicKey(hexToBytes(secret));
  const space = async () =>
    (await stored(host.page, { kinds: [30312], authors: [pubkey], '#d': [id] }))[0] as NostrEvent;
  const before = await space();
  const strange = [
    ['x-mood', 'calm', 'é'],
    ['p', 'b'.repeat(64), 'wss://r.example', 'Speaker', 'proof'],
  ];
  const other: EventTemplate = {
    kind: 30312,
    created_at: before.created_at + 1,
    content: 'made elsewhere',
    tags: [strange[0] ?? [], ...before.tags, strange[1] ?? []],
  };
  const put = await call(secret, 'PUT', `${server.url}/api/v1/nests/${id}/space`, { event: sign(secret, other) });
  expect(put.status).toBe(200);

  await button(host.page, 'Edit nest').click();
  await expect(host.page.getByLabel('Title')).toHaveValue('Evening birds');
  await host.page.getByLabel('Title').fill('');
  await button(host.page, 'Save').click();
  await expect(host.page.getByText('Give your nest a title.')).toBeVisible();
  await accessible(host.page, 'edit');
  await host.page.getByLabel('Title').fill('Night birds');
  await host.page.getByLabel('Topics').fill('owls');
  await button(host.page, 'Save').click();
  await expect(heading(host.page, 'Night birds')).toBeVisible();
  await expect(heading(guest.page, 'Night birds')).toBeVisible();
  const after = await space();
  expect(after.content).toBe('made elsewhere');
  expect(after.created_at).toBeGreaterThan(other.created_at);
  const kept = other.tags.filter(([name]) => !['room', 'title', 't'].includes(name ?? ''));
  expect(after.tags.filter(([name]) => !['room', 'title', 't'].includes(name ?? ''))).toEqual(kept);
  expect(after.tags).toContainEqual(['room', 'Night birds']);
  expect(after.tags).toContainEqual(['t', 'owls']);
});

test('one tap signs a pending event: after an end by API, and after Go live of a planned nest', async ({ person }) => {
  const host = await person();
  const url = await create(host, 'Short show');
  const { page } = host;
  const pubkey = getPublicKey(hexToBytes(await secretOf(page)));
  const id = await idOf(page);
  const status = async () => {
    const [event] = await stored(page, { kinds: [30312], authors: [pubkey], '#d': [id] });
    return event?.tags.find(([name]) => name === 'status')?.[1];
  };
  await button(page, 'End nest').click();
  await expect(heading(page, 'This nest has ended')).toBeVisible();
  await expect(page.getByText('Other apps still show this nest as open')).toBeVisible();
  expect(await status()).toBe('open');
  await accessible(page, 'ended, a signature owed');
  await button(page, 'Sign and publish').click();
  await expect(button(page, 'Sign and publish')).toHaveCount(0);
  expect(await status()).toBe('closed');

  await button(page, 'Schedule next').click();
  await accessible(page, 'schedule next');
  await button(page, 'Schedule it').click();
  await expect(page.getByRole('timer')).toBeVisible();
  await expect(page).toHaveURL(url);
  expect(await status()).toBe('planned');
  await button(page, 'Join').click();
  await connected(page);
  await button(page, 'Go live').click();
  await expect(page.getByText('The nest’s announcement is out of date')).toBeVisible();
  await accessible(page, 'a signature owed');
  await button(page, 'Sign and publish').click();
  await expect(page.getByText('The nest’s announcement is out of date')).toHaveCount(0);
  expect(await status()).toBe('open');
});

test('share offers the link, a QR code, a note, and a calendar file for a planned nest', async ({ person }) => {
  const host = await person({ permissions: ['clipboard-read', 'clipboard-write'] });
  const url = await create(host, 'Shared birds');
  const { page } = host;
  await button(page, 'Share').click();
  await expect(page.getByRole('img', { name: 'QR code with the link to this nest' })).toBeVisible();
  await accessible(page, 'share');
  await button(page, 'Copy link').click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(url);
  await expect(page.getByLabel('Post a note')).toHaveValue(`Come and listen: Shared birds\n${url}`);
  await button(page, 'Post').click();
  await expect(page.getByText('Posted to 1 relay.')).toBeVisible();
  const pubkey = getPublicKey(hexToBytes(await secretOf(page)));
  const notes = await stored(page, { kinds: [1], authors: [pubkey] });
  expect(notes.map(({ content }) => content)).toEqual([`Come and listen: Shared birds\n${url}`]);
  await page.keyboard.press('Escape');
  await button(page, 'End nest').click();
  await button(page, 'Schedule next').click();
  await button(page, 'Schedule it').click();
  await button(page, 'Join').click();
  await connected(page);
  await button(page, 'Share').click();
  const download = page.waitForEvent('download');
  await button(page, 'Calendar file').click();
  expect((await download).suggestedFilename()).toBe('nest.ics');
});
