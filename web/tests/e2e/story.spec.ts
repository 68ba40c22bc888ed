import { Server } from './server.ts';
import { button, connected, expect, hears, nestWithGuest, test } from './test.ts';

// What this project began with: a nest that its API no longer knew after everybody had left, or after a restart.
test('everybody leaves, LiveKit closes the room, the server restarts: the join works every time', {
  tag: '@alone',
}, async ({ chromium, turn }) => {
  test.setTimeout(180_000);
  const server = new Server();
  await server.start();
  const { host, guest } = await nestWithGuest(chromium, server);

  const everybodyLeaves = async () => {
    for (const { page } of [host, guest]) {
      await button(page, 'Leave').click();
      await expect(page.getByRole('heading', { name: 'You left the nest' })).toBeVisible();
    }
  };
  const everybodyIsBack = async () => {
    await host.page.reload();
    await button(host.page, 'Join').click();
    await connected(host.page);
    await button(host.page, 'Unmute').click();
    await guest.page.reload();
    await button(guest.page, 'Join as guest').click();
    await connected(guest.page);
    await hears(guest.page);
  };

  await everybodyLeaves();
  await turn.rest(() => expect.poll(() => server.rooms(), { timeout: 60_000 }).toBe(0));
  await everybodyIsBack();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await everybodyLeaves();
    await server.end(signal);
    await server.start();
    await everybodyIsBack();
  }
  await host.context.close();
  await guest.context.close();
  await server.close();
});
