import type { BrowserContextOptions } from '@playwright/test';
import type { NostrEvent } from 'nostr-tools/pure';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { aPicture, choose, shown } from './picture.ts';
import { stored } from './relay.ts';
import { accessible, button, connected, create, expect, type Page, type Person, secretKey, test } from './test.ts';

const text = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
const field = (page: Page) => page.getByLabel('Picture (optional)');
const told = (page: Page) => page.getByText('The picture is uploaded.');

// spaceOf is the one space of whoever is at the page.
async function spaceOf(page: Page): Promise<NostrEvent | undefined> {
  const authors = [getPublicKey(hexToBytes(await secretKey(page)))];
  return (await stored(page, { kinds: [30312], authors }))[0];
}

const imageOf = async (page: Page) => (await spaceOf(page))?.tags.find(([name]) => name === 'image')?.[1];

// begin is somebody without a key at the form, with a title.
async function begin(person: (options?: BrowserContextOptions) => Promise<Person>): Promise<Page> {
  // A worker that has come would keep the part of the app that makes a key, and there would be one while offline.
  const { page } = await person({ serviceWorkers: 'block' });
  await page.goto('/new');
  await page.getByLabel('Title').fill('Painted dawn');
  return page;
}

test('a user without a key uploads a picture: the form, the lobby, the preview and other clients show it', async ({
  person,
  server,
}) => {
  const page = await begin(person);
  const sent = page.waitForRequest((request) => request.method() === 'PUT');
  await choose(page, await aPicture(page));
  await expect(told(page)).toBeVisible();
  expect((await sent).headers()['content-type']).toBe('image/jpeg'); // made small here
  const url = await field(page).inputValue();
  expect(url).toMatch(new RegExp(`^${server.url}/api/v1/pictures/[0-9a-f]{64}$`));
  const preview = page.getByRole('complementary').locator('img');
  await expect.poll(() => shown(preview)).toBe(1200);
  await accessible(page, 'new, with a picture');
  await button(page, 'Create nest').click();
  await connected(page);
  expect(await imageOf(page)).toBe(url);

  const visitor = await person();
  await visitor.page.goto('/');
  const card = visitor.page.getByRole('listitem').filter({ hasText: 'Painted dawn' });
  await expect.poll(() => shown(card.locator('img').first())).toBe(1200);
  await card.getByRole('link').click();
  await expect(button(visitor.page, 'Join')).toBeVisible();
  await expect.poll(() => shown(visitor.page.locator(`article img[src$="${url.slice(-64)}"]`))).toBe(1200);
  const html = await (await fetch(page.url())).text();
  expect(html).toContain(`<meta property="og:image" content="${url}">`);
  const picture = await fetch(url);
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect(picture.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
});

test('a problem with a file appears at its field, and nothing is lost', async ({ person }) => {
  const page = await begin(person);
  await choose(page, text);
  const wrong = page.getByText('Your browser cannot read this picture. Choose a JPEG, PNG, WebP or GIF.');
  await expect(wrong).toBeVisible();
  await expect(field(page)).toHaveAttribute('aria-invalid', 'true');
  await expect(field(page)).toHaveAccessibleDescription(/Your browser cannot read this picture/);
  await expect(page.getByLabel('Title')).toHaveValue('Painted dawn');
  await accessible(page, 'new, with a file that is no picture');

  const picture = await aPicture(page, 400, 300);
  await page.context().setOffline(true);
  await choose(page, picture);
  await expect(page.getByText('You are offline. Your other entries are kept. Try again in a moment.')).toBeVisible();
  await accessible(page, 'new, with a picture while offline');
  await page.context().setOffline(false);
  await button(page, 'Try again').click();
  await expect(told(page)).toBeVisible();
  const url = await field(page).inputValue();

  await page.route('**/api/v1/pictures', (route) =>
    route.fulfill({ status: 403, json: { error: 'Full.', code: 'picture_quota', hint: 'Give an address.' } }),
  );
  await choose(page, picture);
  await expect(
    page.getByText(
      'There is no space for another picture. ' +
        'Use the https address of a picture hosted elsewhere, or try again tomorrow.',
    ),
  ).toBeVisible();
  await expect(button(page, 'Try again')).toHaveCount(0);
  await expect(field(page)).toHaveValue(url);
  await button(page, 'Remove picture').press('Enter');
  await expect(field(page)).toHaveValue('');
  await expect(button(page, 'Upload a picture')).toBeFocused();
  await expect(page.getByText('There is no space')).toHaveCount(0);
});

test('creating a nest waits for the upload of its picture', async ({ person }) => {
  const page = await begin(person);
  let go = () => {};
  const held = new Promise<void>((done) => {
    go = done;
  });
  await page.route('**/api/v1/pictures', async (route) => {
    await held;
    await route.continue();
  });
  await choose(page, await aPicture(page, 400, 300));
  await expect(page.getByText('Uploading the picture…')).toBeVisible();
  await accessible(page, 'new, a picture under way');
  await button(page, 'Create nest').click();
  await expect(page.getByRole('button', { name: 'Creating your nest…' })).toBeDisabled();
  go();
  await connected(page);
  expect(await imageOf(page)).toMatch(/\/api\/v1\/pictures\/[0-9a-f]{64}$/);
});

test('a picture can be dropped or pasted, added to an existing nest, and removed', async ({ person }) => {
  const host = await person();
  await create(host, 'Bare walls');
  const { page } = host;
  await button(page, 'Edit nest').click();
  const { buffer } = await aPicture(page, 300, 300);
  const transfer = await page.evaluateHandle(
    (bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], 'x.png', { type: 'image/png' }));
      return data;
    },
    [...buffer],
  );
  await field(page).dispatchEvent('drop', { dataTransfer: transfer });
  await expect(told(page)).toBeVisible();
  const dropped = await field(page).inputValue();
  await field(page).fill('');
  await field(page).evaluate((input, clipboardData) => {
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, transfer);
  await expect(field(page)).toHaveValue(dropped); // the same picture is the same address
  await expect.poll(() => shown(page.getByRole('dialog').locator('img'))).toBe(300);
  await accessible(page, 'edit, with a picture');
  await button(page, 'Save').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await imageOf(page)).toBe(dropped);

  await button(page, 'Edit nest').click();
  await expect(field(page)).toHaveValue(dropped);
  await button(page, 'Remove picture').click();
  await button(page, 'Save').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await button(page, 'Edit nest').click();
  await expect(field(page)).toHaveValue('');
  expect(await imageOf(page)).toBe('');
});
