import { announce } from './nests.ts';
import { Server } from './server.ts';
import { button, clean, expect, newPerson, test } from './test.ts';

const many = 500;

const make = (server: Server, number: number) =>
  announce(server.url, number === 7 ? 'The quiet heron' : `Nest number ${number}`, [
    ['t', number % 100 === 0 ? 'rare' : 'birds'],
  ]);

test('five hundred nests: at most sixty cards are drawn; search, topics, and what is new by itself', async ({
  chromium,
}) => {
  test.setTimeout(120_000);
  const server = new Server();
  await server.start();
  try {
    for (let made = 0; made < many; made += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => make(server, made + n)));
    }
    const { page, context } = await newPerson(chromium, { baseURL: server.url });
    await page.goto('/');
    const heading = page.getByRole('heading', { name: 'Open, nobody on stage' });
    await expect(heading).toContainText(String(many));
    const cards = page.getByRole('list', { name: 'Open, nobody on stage' }).getByRole('listitem');
    const first = cards.first();
    await expect(first).toHaveAttribute('aria-setsize', String(many));
    expect(await cards.count()).toBeLessThanOrEqual(60);
    let most = 0;
    for (const share of [0.25, 0.5, 0.75, 1]) {
      await page.evaluate((to) => scrollTo(0, document.documentElement.scrollHeight * to), share);
      await expect(async () =>
        expect(Number(await first.getAttribute('aria-posinset'))).toBeGreaterThan(many * share * 0.8 - 40),
      ).toPass();
      most = Math.max(most, await cards.count());
    }
    expect(most).toBeLessThanOrEqual(60);
    await expect(page.locator(`[aria-posinset="${many}"]`)).toBeVisible();

    await page.getByRole('searchbox', { name: 'Search nests' }).fill('heron');
    await expect(cards).toHaveCount(1);
    await expect(cards).toContainText('The quiet heron');
    await page.getByRole('searchbox', { name: 'Search nests' }).fill('nothing like this');
    await expect(page.getByRole('heading', { name: 'No nest matches' })).toBeVisible();
    await clean(page, 'lobby, nothing found');
    await button(page, 'Show all nests').click();
    await button(page, '#rare').click();
    await expect(cards).toHaveCount(5);
    await clean(page, 'lobby, one topic');
    await button(page, '#rare').click();

    await make(server, many + 1);
    await expect(heading).toContainText(String(many + 1), { timeout: 15_000 });
    await context.close();
  } finally {
    await server.close();
  }
});

test('on a phone nothing jumps when the nests come', async ({ person, server }) => {
  for (const title of ['Evening birds', 'Dawn chorus', 'Night owls']) await announce(server.url, title);
  const { page } = await person({ viewport: { width: 390, height: 844 } });
  let answer = () => {};
  const held = new Promise<void>((done) => {
    answer = done;
  });
  await page.route('**/api/v1/nests*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/');
  await expect(page.getByText('Loading nests')).toBeAttached();
  answer();
  await expect(page.getByRole('link', { name: 'Night owls' })).toBeVisible();
  const shifts = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        new PerformanceObserver((list) => {
          done(
            list.getEntries().reduce((sum, entry) => sum + (entry as PerformanceEntry & { value: number }).value, 0),
          );
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(done, 1_000, 0); // nothing moved
      }),
  );
  expect(shifts).toBeLessThan(0.02);
});
