import { button, create, expect, type Page, test } from './test.ts';

const kB = 1024;

// scripts adds up the JavaScript that a page loads, as it is sent.
async function scripts(page: Page, load: () => Promise<unknown>): Promise<{ sum: number; files: string[] }> {
  const files: string[] = [];
  let sum = 0;
  const count = async (response: Awaited<ReturnType<Page['waitForResponse']>>) => {
    if (!response.url().endsWith('.js')) return;
    const { responseBodySize } = await response.request().sizes();
    files.push(`${response.url().split('/').at(-1)} ${responseBodySize}`);
    if (!response.url().includes('livekit')) sum += responseBodySize;
  };
  const counted: Promise<void>[] = [];
  const onResponse = (response: Awaited<ReturnType<Page['waitForResponse']>>) => void counted.push(count(response));
  page.on('response', onResponse);
  await load();
  await page.waitForLoadState('networkidle');
  page.off('response', onResponse);
  await Promise.all(counted);
  return { sum, files };
}

test('the lobby loads at most 60 kB of JavaScript, a nest 40 more, and the media client only there', async ({
  person,
}) => {
  const [host, visitor] = [await person(), await person()];
  const url = await create(host, 'Light birds');
  const { page } = visitor;
  const lobby = await scripts(page, () => page.goto('/'));
  console.log('lobby, bytes of JavaScript:', lobby.sum);
  expect(lobby.sum, lobby.files.join(', ')).toBeLessThanOrEqual(60 * kB);
  expect(lobby.files.join()).not.toMatch(/livekit|(^|,)de-/);
  const nest = await scripts(page, async () => {
    await page.getByRole('link', { name: 'Light birds' }).click();
    await expect(page).toHaveURL(url);
    await expect(button(page, 'Join')).toBeVisible(); // the page of a nest is there
  });
  expect(nest.files.join(), 'the page of a nest is counted').toContain('NestPage');
  console.log('a nest, bytes of JavaScript more:', nest.sum);
  expect(nest.sum, nest.files.join(', ')).toBeLessThanOrEqual(40 * kB);
});
