import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { stored } from './relay.ts';
import { Server } from './server.ts';
import { accessible, button, create, expect, join, newPerson, region, secretKey, test } from './test.ts';

const operator = 'a1'.repeat(32);

test('a report reaches only the operators, and its text stays in the form until then', async ({ chromium }) => {
  test.setTimeout(120_000);
  const server = new Server({ NESTS_OPERATORS: getPublicKey(hexToBytes(operator)) });
  await server.start();
  try {
    const someone = () => newPerson(chromium, { baseURL: server.url });
    const [host, member, guest] = [await someone(), await someone(), await someone()];
    const { page } = member;
    let refuse = true; // the first time
    await page.routeWebSocket(/\/relay/, (socket) => {
      const relay = socket.connectToServer();
      socket.onMessage((message) => {
        const [verb, event] = JSON.parse(String(message));
        if (refuse && verb === 'EVENT' && event.kind === 1984) {
          socket.send(JSON.stringify(['OK', event.id, false, 'rate-limited: wait some minutes']));
        } else relay.send(message);
      });
    });
    const url = await create(host);
    await join(member, url, 'Join');
    await join(guest, url, 'Join as guest');

    // Who has no key has nothing to sign a report with.
    await region(guest.page, 'Stage').getByRole('button').first().click();
    await expect(guest.page.getByRole('dialog')).toBeVisible();
    await expect(button(guest.page, 'Report')).toHaveCount(0);

    await region(page, 'Stage').getByRole('button').first().click();
    await button(page, 'Report').click();
    const dialog = page.getByRole('dialog', { name: 'Report to the operators' });
    await expect(dialog).toContainText('They see that you sent it');
    await accessible(page, 'report');
    await dialog.getByLabel('What is it about?').selectOption('Spam or fraud');
    await dialog.getByLabel('What happened (optional)').fill('Sells "birds" that are <b>frogs</b>.');
    await dialog.getByRole('button', { name: 'Send report' }).click();
    await expect(dialog.getByRole('alert')).toHaveText('The server refused the report: wait some minutes');
    await expect(dialog.getByLabel('What happened (optional)')).toHaveValue('Sells "birds" that are <b>frogs</b>.');
    await accessible(page, 'report refused');

    refuse = false;
    await dialog.getByRole('button', { name: 'Send report' }).click();
    await expect(dialog.getByRole('status')).toContainText('Reported');
    await expect(dialog.getByRole('status')).toBeFocused();
    await accessible(page, 'reported');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await expect(button(page, 'Report')).toBeFocused(); // the card is still there
    expect(await stored(page, { kinds: [1984] })).toEqual([]);

    const boss = await someone();
    await boss.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), operator);
    await boss.page.goto('/status');
    const report = region(boss.page, 'Reports').getByRole('listitem');
    await expect(report).toHaveCount(1);
    await expect(report).toContainText('spam: Sells "birds" that are <b>frogs</b>.');
    const about = getPublicKey(hexToBytes(await secretKey(host.page)));
    await expect(report).toContainText(about.slice(0, 12));
    await report.getByRole('button', { name: 'End nest' }).click();
    await boss.page.getByRole('dialog').getByRole('button', { name: 'End nest' }).click();
    await expect(page.getByRole('heading', { name: /ended/i })).toBeVisible();
  } finally {
    await server.close();
  }
});
