import { Server } from './server.ts';
import {
  accessible,
  button,
  connected,
  create,
  expect,
  hears,
  join,
  newPerson,
  type Page,
  region,
  test,
} from './test.ts';

const seconds = 20;
const pingTimeout = 15_000; // ms without an answer after which LiveKit's client gives a connection up
const reconnecting = (page: Page) => page.getByRole('status', { name: 'Reconnecting' });
const pass = (ms: number) => new Promise((done) => setTimeout(done, ms));

test('a server that stands still, a network that is gone, a laptop asleep: the room comes back by itself', {
  tag: '@alone',
}, async ({ chromium, turn }) => {
  test.setTimeout(240_000);
  const server = new Server();
  await server.start();
  const host = await newPerson(chromium, { baseURL: server.url });
  const guest = await newPerson(chromium, { baseURL: server.url });
  const both = [host, guest];
  for (const { page } of both) await page.clock.install();
  const url = await create(host);
  await button(host.page, 'Unmute').click();
  await join(guest, url, 'Join as guest');
  const isBack = async (what: string) => {
    for (const { page } of both)
      await expect(page.getByRole('status', { name: 'Connected' }), what).toBeVisible({ timeout: 40_000 });
    await hears(guest.page, 40_000);
    await expect(button(host.page, 'Mute'), `${what}: the microphone is as it was`).toBeVisible();
  };
  await hears(guest.page, 40_000);
  // LiveKit announces listeners up to 3 s later
  await expect(region(host.page, 'Audience').getByRole('listitem')).toHaveCount(1);

  await test.step('the server stands still', async () => {
    server.pause();
    for (const { page } of both) await page.clock.fastForward(pingTimeout);
    for (const { page } of both) await expect(reconnecting(page)).toBeVisible({ timeout: seconds * 1_000 });
    await accessible(host.page, 'reconnecting on stage');
    await accessible(guest.page, 'reconnecting');
    server.goOn();
    await isBack('after a server that stood still');
  });

  await test.step('the network is gone', async () => {
    server.pause(); // nothing of what is sent arrives, and the browser knows that it is offline
    for (const { context } of both) await context.setOffline(true);
    for (const { page } of both) await expect(reconnecting(page)).toBeVisible({ timeout: seconds * 1_000 });
    await pass(2_000);
    server.goOn();
    for (const { context } of both) await context.setOffline(false);
    await isBack('after a lost network');
  });

  await test.step('the laptop sleeps', async () => {
    const devtools = await guest.context.newCDPSession(guest.page);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await turn.rest(() => pass(seconds * 1_000));
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await connected(guest.page);
    await isBack('after sleep');
  });

  for (const { context } of both) await context.close();
  await server.close();
});
