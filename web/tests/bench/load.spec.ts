import { onStage, person, signalling, speakers, update } from '../e2e/crowd.ts';
import { announce } from '../e2e/nests.ts';
import { Server } from '../e2e/server.ts';
import { button, create, expect, newPerson, type Page, test } from '../e2e/test.ts';
import { throttle } from './meter.ts';
import { servePictures } from './pictures.ts';

const nests = 500;
const meanwhile = 6_000; // ms of metering after the first use

const later = (page: Page, ms: number) => page.evaluate((wait) => new Promise((done) => setTimeout(done, wait)), ms);

// firstCard is when a click in the first card would reach its link, in ms since the navigation.
const firstCard = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise((done) => {
        requestAnimationFrame(function look() {
          const link = document.querySelector('main li h3 a');
          const { x, y } = link?.getBoundingClientRect() ?? { x: 0, y: 0 };
          if (link?.contains(document.elementFromPoint(x + 4, y + 4))) done(performance.now());
          else requestAnimationFrame(look);
        });
      }),
  );

// inside is how long after the click the page is connected, shows everybody on stage, and could be left.
const inside = (page: Page, people: number): Promise<number> =>
  page.evaluate(
    (wanted) =>
      new Promise<number>((done) => {
        let clicked = 0;
        addEventListener('click', ({ timeStamp }) => (clicked = timeStamp), { capture: true, once: true });
        requestAnimationFrame(function look() {
          const there = document.querySelectorAll('section[aria-label="Stage"] li').length === wanted;
          if (clicked > 0 && there && document.querySelector('[role="status"][aria-label="Connected"]'))
            done(performance.now() - clicked);
          else requestAnimationFrame(look);
        });
      }),
    people,
  );

test('a lobby of five hundred nests with pictures', async ({ chromium }) => {
  test.setTimeout(180_000);
  const pictures = await servePictures();
  const server = new Server();
  await server.start();
  try {
    for (let made = 0; made < nests; made += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const number = made + n;
          return announce(server.url, `Nest number ${number}`, [
            ['image', `${pictures.url}/${number}.png`],
            ['summary', 'Bring your coffee. We listen first, then we talk.'],
            ['t', 'birds'],
          ]);
        }),
      );
    }
    const { page, context } = await newPerson(chromium, {
      baseURL: server.url,
      ignoreHTTPSErrors: true,
      viewport: { width: 412, height: 823 },
    });
    const meter = await throttle(page);
    await page.goto('/', { waitUntil: 'commit' });
    const ready = await firstCard(page);
    await later(page, meanwhile);
    const shown = await page
      .locator('main li img')
      .evaluateAll((all) => all.filter((one) => (one as HTMLImageElement).complete).length);
    expect(shown, 'pictures that came').toBeGreaterThan(0);
    await meter.report(`lobby of ${nests} nests, pictures of ${(pictures.bytes / 1024).toFixed(0)} kB`, {
      'a card can be clicked': ready,
    });
    await page.locator('main li h3 a').first().click();
    await expect(button(page, 'Join')).toBeVisible();
    await context.close();
  } finally {
    await server.close();
    pictures.close();
  }
});

test('a nest with twenty people on stage', async ({ chromium, server }) => {
  test.setTimeout(120_000);
  const host = await newPerson(chromium, { baseURL: server.url });
  const url = await create(host, 'Twenty voices');
  const { page, context } = await newPerson(chromium, { viewport: { width: 412, height: 823 } });
  const say = await signalling(page, update(Array.from({ length: onStage }, (_, n) => person(n))));
  const meter = await throttle(page);
  await page.goto(url);
  await button(page, 'Join as guest').waitFor();
  const preview = await page.evaluate(() => performance.now());
  const usable = inside(page, onStage + 1); // and the host
  await button(page, 'Join as guest').click();
  const waited = await usable;
  for (const end = Date.now() + meanwhile; Date.now() < end; ) {
    const turn = Math.floor(Date.now() / 100);
    say(speakers([turn % onStage, (turn + 7) % onStage]));
    await new Promise((done) => setTimeout(done, 100));
  }
  await meter.report('nest with 20 people on stage, clicked as soon as it could be', {
    'the button is there': preview,
    'click to inside, everybody shown': waited,
  });
  await expect(button(page, 'Leave')).toBeEnabled();
  await context.close();
  await host.context.close();
});
