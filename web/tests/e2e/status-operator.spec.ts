import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { announce } from './nests.ts';
import { publish, sign } from './relay.ts';
import { Server } from './server.ts';
import { call } from './sign.ts';
import { answers, history } from './status.ts';
import { accessible, button, expect, join, newPerson, region, test } from './test.ts';

// Keys stay the same, because their beginning is read out.
const secret = (two: string): string => two.repeat(32);
const keyOf = (secret: string): string => getPublicKey(hexToBytes(secret));

test('an operator sees participants, ends nests, blocks and sets limits; other keys see none of it', async ({
  chromium,
}) => {
  test.setTimeout(120_000);
  const [operator, host, noisy, stranger] = ['a1', 'b2', 'c3', 'd4'].map(secret) as [string, string, string, string];
  const server = new Server({ NESTS_OPERATORS: keyOf(operator), NESTS_CREATE: 'list' });
  await server.start();
  try {
    await call(operator, 'PUT', `${server.url}/api/v1/operator/creators/${keyOf(host)}`);
    const nest = await announce(server.url, 'Evening birds', [], host);
    const guest = await newPerson(chromium, { baseURL: server.url });
    await join(guest, `/n/${nest}`, 'Join as guest');
    const tags = [
      ['p', keyOf(noisy), 'spam'],
      ['a', `30312:${keyOf(host)}:${nest}`],
    ];
    const now = Math.floor(Date.now() / 1000);
    await publish(guest.page, [sign(stranger, { kind: 1984, created_at: now, content: 'sells things', tags })]);

    const open = async (own: string) => {
      const { page, context } = await newPerson(chromium, { baseURL: server.url });
      await page.addInitScript((key) => sessionStorage.setItem('nests.key', key), own);
      await answers(page, { ...history, drifts: [] });
      return { page, context };
    };
    const other = await open(stranger);
    const asked = other.page.waitForResponse('**/api/v1/operator/overview');
    const loaded: string[] = [];
    other.page.on('request', (request) => loaded.push(request.url()));
    await other.page.goto('/status');
    expect((await asked).status()).toBe(403);
    await expect(region(other.page, 'Checks')).toBeVisible();
    await expect(region(other.page, 'At a glance')).toHaveCount(0);
    expect(loaded.filter((url) => /Panels|operator\/(?!overview)/.test(url))).toEqual([]);
    await other.context.close();

    const { page } = await open(operator);
    await page.goto('/status');
    await expect(region(page, 'At a glance')).toContainText('1, 0 on stage');
    const row = region(page, 'Nests').getByRole('listitem').filter({ hasText: 'Evening birds' });
    await expect(row).toContainText('1 person inside');
    const report = region(page, 'Reports').getByRole('listitem');
    await expect(report).toContainText('spam: sells things');
    await expect(region(page, 'Blocks')).toContainText('Nobody is blocked.');
    await expect(region(page, 'Audit log').getByRole('listitem')).toContainText('added to the list');
    await accessible(page, 'server status, operator');

    await report.getByRole('button', { name: 'Block person' }).click();
    await expect(page.getByRole('dialog')).toContainText(`Block ${keyOf(noisy).slice(0, 12)}?`);
    await accessible(page, 'server status, operator, block');
    await page.getByRole('dialog').getByRole('button', { name: 'Block person' }).click();
    await expect(region(page, 'Blocks').getByRole('listitem')).toContainText(keyOf(noisy).slice(0, 12));
    expect((await call(noisy, 'GET', `${server.url}/api/v1/nests/${nest}`)).status).toBe(403);
    await report.getByRole('button', { name: 'Close report' }).click();
    await expect(region(page, 'Reports')).toContainText('There are no reports.');

    const blocks = region(page, 'Blocks');
    await blocks.getByLabel('Key, address or range').fill('0.0.0.0/0');
    await blocks.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
    await expect(blocks.getByRole('alert')).toContainText('This range is too wide');
    await blocks.getByLabel('Key, address or range').fill('203.0.113.7');
    await blocks.getByLabel('Reason, for operators only').fill('scans');
    await blocks.getByLabel('For how long').selectOption('A day');
    await blocks.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
    const address = blocks.getByRole('listitem').filter({ hasText: '203.0.113.7/32' });
    await expect(address).toContainText('scans');
    await expect(address).toContainText('until');
    await address.getByRole('button', { name: 'Lift block' }).click();
    await expect(address).toHaveCount(0);

    const limits = region(page, 'Limits for creating nests');
    await expect(limits).toContainText('A key may have 100 nests at once.');
    await limits.getByLabel('Key with its own limit').fill(keyOf(host));
    await limits.getByLabel('Nests at once').fill('0');
    await limits.getByRole('button', { name: 'Set' }).click();
    await expect(limits).toContainText('no limit');
    await limits.getByRole('button', { name: 'Remove from the list' }).click();
    await expect(limits).toContainText('Nobody is on the list.');

    await row.getByRole('button', { name: 'End nest' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End nest' }).click();
    await expect(region(page, 'Nests')).toContainText('Nobody is in any nest.');
    await expect(guest.page.getByRole('heading', { name: /ended/i })).toBeVisible();
    await expect(region(page, 'Audit log').getByRole('listitem').first()).toContainText('ended the nest as operator');
    await guest.context.close();

    await page.route('**/api/v1/operator/audit**', (route) => route.abort());
    await page.reload();
    await expect(region(page, 'Audit log').getByRole('alert')).toBeVisible();
    await page.unroute('**/api/v1/operator/audit**');
    await button(page, 'Try again').click();
    await expect(region(page, 'Audit log').getByRole('listitem').first()).toBeVisible();
    await page.context().close();
  } finally {
    await server.close();
  }
});
