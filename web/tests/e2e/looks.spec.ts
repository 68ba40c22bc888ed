import { join as path } from 'node:path';
import { accessible, button, create, expect, join, type Page, region, test } from './test.ts';

const folder = path(import.meta.dirname, '..', '..', 'test-results', 'looks');
const widths = [360, 768, 1280];

// Nothing is wider than the screen, and everything one can tap is at least 44 px.
async function fits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, 'sideways scrolling').toBeLessThanOrEqual(0);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, select, .hit, header a')]
      .filter((element) => element.checkVisibility())
      .map((element) => ({ name: element.textContent, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`),
  );
  expect(small).toEqual([]);
}

async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      await page.screenshot({ path: path(folder, `${name}-${colorScheme}-${width}.png`) });
      await fits(page);
    }
    await accessible(page, `${name}, ${colorScheme}`);
  }
}

test('lobby, preview, nest and its end at three widths, light and dark', async ({ person }) => {
  test.setTimeout(180_000);
  const title = 'Evening birds: how they build, and why they sing at dawn';
  const [host, speaker, guest] = [await person(), await person(), await person()];
  const url = await create(host, title);
  await join(speaker, url, 'Join');
  await join(guest, url, 'Join as guest');
  await region(host.page, 'Audience').getByRole('button', { name: 'Invite to stage' }).click();
  await button(speaker.page, 'Accept').click();
  await button(speaker.page, 'Unmute').click();
  await expect(region(host.page, 'Stage').getByText('speaking')).toBeAttached({ timeout: 20_000 });

  const visitor = await person();
  await visitor.page.goto('/');
  await expect(visitor.page.getByRole('link', { name: title })).toBeVisible();
  await look(visitor.page, 'lobby');
  await visitor.page.getByRole('link', { name: title }).click();
  await expect(button(visitor.page, 'Join')).toBeVisible();
  await look(visitor.page, 'preview');
  await look(host.page, 'nest-host');
  await look(guest.page, 'nest-guest');
  await button(host.page, 'End nest').click();
  await expect(host.page.getByRole('heading', { name: 'This nest has ended' })).toBeVisible();
  await button(host.page, 'Run API Diagnostics').click();
  await expect(host.page.getByText('Room exists: ❌')).toBeVisible();
  await look(host.page, 'ended-host');
});
