import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { bots } from './bots.ts';
import { onStage, person, signalling, speakers, update } from './crowd.ts';
import { button, clean, create, expect, hears, join, newPerson, type Page, region, test } from './test.ts';

const many = 2_000;
const batch = 50; // ms whose events are drawn together, as in the app

interface Held {
  draw: () => void;
  release: () => void;
}

// heldBatches stops the timers that draw a batch, and returns a function that draws once. So the number of renders does
// not depend on how fast the machine is.
async function heldBatches(page: Page): Promise<() => Promise<void>> {
  await page.evaluate((ms) => {
    const real = globalThis.setTimeout;
    const held: (() => void)[] = [];
    const draw = () => {
      for (const run of held.splice(0)) run();
    };
    const hold = (run: () => void, delay?: number, ...rest: unknown[]) =>
      delay === ms ? held.push(run) : real(run, delay, ...rest);
    const release = () => {
      globalThis.setTimeout = real;
      draw();
    };
    Object.assign(globalThis, { setTimeout: hold, draw, release });
  }, batch);
  return () => page.evaluate(() => (globalThis as unknown as Held).draw());
}

// The numbers that the count of the audience went through.
const counts = (page: Page) => page.evaluate(() => (globalThis as unknown as { counts: string[] }).counts);

test(
  'two thousand people: at most sixty rows, one render a batch of events',
  { tag: ['@alone', '@soak'] },
  async ({ chromium, server }, info) => {
    test.setTimeout(120_000);
    // Not a person of the fixtures: a socket that goes through the test throws where a browser's own keeps still
    // when it is closed.
    const host = await newPerson(chromium, { baseURL: server.url });
    const { page } = host;
    const say = await signalling(page);
    await create(host, 'Stadium');
    const audience = region(page, 'Audience');
    const stage = region(page, 'Stage');
    await page.evaluate(() => {
      const count = document.querySelector('section[aria-label="Audience"] h2 span');
      const seen: string[] = [];
      Object.assign(globalThis, { counts: seen });
      if (count)
        new MutationObserver(() => seen.push(count.textContent ?? '')).observe(count, {
          characterData: true,
          subtree: true,
          childList: true,
        });
    });
    say(update(Array.from({ length: 500 }, (_, n) => person(n))));
    await expect(audience.getByRole('heading', { name: 'Audience' })).toContainText(String(500 - onStage));
    expect(await counts(page)).toEqual([String(500 - onStage)]); // one message, one render
    const draw = await heldBatches(page);
    for (let number = 500; number < many; number++) say(update([person(number)]));
    await expect(async () => {
      await draw();
      await expect(audience.getByRole('heading', { name: 'Audience' })).toContainText(String(many - onStage), {
        timeout: 1,
      });
    }).toPass({ timeout: 10_000 });
    await page.evaluate(() => (globalThis as unknown as Held).release());
    expect((await counts(page)).length, 'renders of 1,500 events').toBeLessThan(60);
    await expect(stage.getByRole('listitem')).toHaveCount(onStage + 1);

    const rows = audience.getByRole('listitem');
    for (const share of [0, 0.5, 1]) {
      await page.evaluate((to) => scrollTo(0, document.documentElement.scrollHeight * to), share);
      await expect(rows.first()).toBeAttached();
      expect(await rows.count()).toBeLessThanOrEqual(60);
    }
    await expect(audience.locator(`[aria-posinset="${many - onStage}"]`)).toBeAttached();
    await page.evaluate(() => scrollTo(0, 0));
    await clean(page, 'two thousand people');

    // Frame times while speakers change ten times a second: written down, not judged.
    const turns = process.env.NESTS_TEST_SOAK ? 40 : 10;
    const measured = page.evaluate(async (turns) => {
      const times: number[] = [];
      let last = performance.now();
      for (const end = last + 100 * turns; last < end; ) {
        const now = await new Promise<number>((done) => requestAnimationFrame(done));
        times.push(now - last);
        last = now;
      }
      times.sort((a, b) => a - b);
      const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
      return { median: at(0.5), p95: at(0.95), longest: at(0.999) };
    }, turns);
    for (let turn = 0; turn < turns; turn++) {
      say(speakers([turn % onStage, (turn + 7) % onStage]));
      await new Promise((done) => setTimeout(done, 100));
    }
    const frames = await measured;
    info.annotations.push({ type: 'frame times, ms', description: JSON.stringify(frames) });
    console.log('frame times with 2,000 people while speakers change, ms:', JSON.stringify(frames));
    await expect(stage.getByText('speaking').first()).toBeAttached();
    expect(await rows.count()).toBeLessThanOrEqual(60);
    await host.context.close();
  },
);

// As many real listeners as two cores carry beside a browser; the rest of two thousand is told to the same page.
test('a hundred real listeners hear the host of a page that stays small', { tag: '@alone' }, async ({
  person: open,
  server,
}) => {
  test.setTimeout(180_000);
  const host = await open();
  const { page } = host;
  const url = await create(host, 'Full house');
  await button(page, 'Unmute').click();
  const [id, key] = await page.evaluate(() => [
    JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id as string,
    sessionStorage.getItem('nests.key') ?? '',
  ]);
  const listeners = bots(server.url, id, 100, getPublicKey(hexToBytes(key)));
  await listeners.said('inside 100');
  const audience = region(page, 'Audience');
  await expect(audience.getByRole('heading', { name: 'Audience' })).toContainText('100');
  expect(await audience.getByRole('listitem').count()).toBeLessThanOrEqual(60);
  await listeners.said('hear 100');
  const late = await open();
  await join(late, url, 'Join as guest');
  await expect(region(late.page, 'Audience').getByRole('heading', { name: 'Audience' })).toContainText('101');
  await hears(late.page, 2_500);
  await listeners.leave();
  await expect(audience.getByRole('heading', { name: 'Audience' })).toContainText('1');
});
