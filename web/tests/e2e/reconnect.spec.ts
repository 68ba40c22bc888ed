import { Server } from './server.ts';
import { audible, button, connected, expect, heard, hears, nestWithGuest, test } from './test.ts';

const rounds = process.env.NESTS_TEST_SOAK ? 10 : 2; // for each signal: the slowest of 20 bounds their p99

// A server of its own: it is killed here.
for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`after ${signal} and a start everybody hears again within 5 s, every time`, {
    tag: ['@alone', '@soak'],
  }, async ({ chromium }) => {
    test.setTimeout(240_000);
    const server = new Server();
    await server.start();
    const { host, guest } = await nestWithGuest(chromium, server);
    await button(host.page, 'Unmute').click();
    for (let round = 0; round < rounds; round++) {
      await hears(guest.page);
      await server.end(signal);
      await expect(guest.page.getByRole('status', { name: 'Reconnecting' })).toBeVisible();
      await expect(host.page.getByRole('status', { name: 'Reconnecting' })).toBeVisible();
      await expect.poll(() => heard(guest.page, 300)).toBeLessThan(audible);

      await server.start();
      const ready = Date.now();
      await hears(guest.page);
      expect(Date.now() - ready).toBeLessThan(5_000);
      await connected(guest.page);
      await connected(host.page);
    }
    await expect(button(host.page, 'Mute')).toBeVisible();
    for (const line of [...host.console, ...guest.console]) expect(line).not.toMatch(/eyJ[\w-]{10,}|access_token=/);
    await host.context.close();
    await guest.context.close();
    await server.close();
  });
}
