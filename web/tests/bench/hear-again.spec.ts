import { Server } from '../e2e/server.ts';
import { button, create, expect, hears, join, newPerson, test } from '../e2e/test.ts';

const kills = 20;

// How long after a killed server is ready again a guest hears the host, both without touching their pages. Contains
// up to 50 ms of the measuring itself.
test('ready to heard again after SIGKILL', async ({ chromium }) => {
  test.setTimeout(600_000);
  const server = new Server();
  await server.start();
  const host = await newPerson(chromium, { baseURL: server.url });
  const guest = await newPerson(chromium, { baseURL: server.url });
  await join(guest, await create(host), 'Join as guest');
  await button(host.page, 'Unmute').click();
  const times: number[] = [];
  for (let i = 0; i < kills; i++) {
    await hears(guest.page);
    await server.end('SIGKILL');
    await expect(guest.page.getByRole('status', { name: 'Reconnecting' })).toBeVisible();
    await expect(host.page.getByRole('status', { name: 'Reconnecting' })).toBeVisible();
    await server.start();
    const ready = Date.now();
    await hears(guest.page);
    times.push(Date.now() - ready);
  }
  times.sort((a, b) => a - b);
  process.stdout.write(`${kills} kills: p50 ${times[kills / 2]} ms, worst ${times[kills - 1]} ms\n`);
  await host.context.close();
  await guest.context.close();
  await server.close();
});
