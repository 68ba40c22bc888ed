import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { Server } from './server.ts';
import { newSecret } from './sign.ts';
import { answers, history, problem } from './status.ts';
import { accessible, button, clean, expect, newPerson, region, test } from './test.ts';

const path = '**/api/v1/diagnostics';

test('a healthy server, found from the settings; its operator sees more', async ({ chromium }) => {
  const secret = newSecret();
  const server = new Server({ NESTS_OPERATORS: getPublicKey(hexToBytes(secret)) });
  await server.start();
  try {
    const guest = await newPerson(chromium, { baseURL: server.url });
    const { page } = guest;
    await page.route(path, async (route) => {
      const answer = await route.fetch();
      const report = await answer.json();
      const checks = report.checks.map((check: { id: string }) =>
        check.id === 'loop' ? { ...check, evidence: { last_pass_ms: 430 } } : check,
      );
      await route.fulfill({ response: answer, json: { ...report, version: 'v1.2.3', checks } });
    });
    await page.goto('/settings');
    await page.getByRole('link', { name: 'Server status' }).click();
    await expect(page.getByRole('heading', { name: 'Server status', level: 1 })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'All is well.' })).toBeVisible();
    await expect(region(page, 'Checks').getByText('broken')).toHaveCount(0);
    await expect(region(page, 'Divergences')).toContainText('There are no divergences.');
    await accessible(page, 'server status, healthy');
    const words = async () => (await page.locator('main details dd').allTextContents()).join(' ');
    expect(await words()).not.toContain('http');

    const operator = await newPerson(chromium, { baseURL: server.url });
    await operator.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
    await operator.page.goto('/status');
    const media = region(operator.page, 'Checks').getByRole('listitem').filter({ hasText: 'Media server: fine' });
    await media.getByText('Evidence').click();
    await expect(media).toContainText('http://127.0.0.1');
    await guest.context.close();
    await operator.context.close();
  } finally {
    await server.close();
  }
});

test('a problem shows one cause, a hint, the evidence and the divergences', async ({ person }) => {
  const { page } = await person();
  await answers(page, problem);
  await page.goto('/status');
  await expect(page.getByRole('heading', { name: 'The media server does not answer.' })).toBeVisible();
  await expect(page.getByText('430 milliseconds ago')).toBeVisible();
  const drifts = region(page, 'Divergences').getByRole('listitem');
  await expect(drifts).toHaveCount(3);
  await expect(drifts.nth(0)).toContainText('A room without its metadata: open for 4 minutes');
  await expect(drifts.nth(1)).toContainText(
    'A participant with the wrong permission to speak: repaired after 2.4 seconds',
  );
  await expect(drifts.nth(2)).toContainText('A room without a nest: gone by itself after 2.4 seconds');
  await accessible(page, 'server status, problem');
  await region(page, 'Checks').getByText('Evidence').nth(1).click();
  await expect(region(page, 'Checks')).toContainText('connect: connection refused');
  await clean(page, 'server status, evidence');
});

test('a long history is shown on request', async ({ person }) => {
  const { page } = await person();
  await answers(page, history);
  await page.goto('/status');
  const drifts = region(page, 'Divergences').getByRole('listitem');
  await expect(drifts).toHaveCount(10);
  await button(page, 'Show all 50').click();
  await expect(drifts).toHaveCount(50);
});

test('the page reports a missing answer, retries by itself, and keeps an earlier report', async ({ person }) => {
  const { page } = await person();
  await page.clock.install();
  await page.route(path, (route) => route.abort());
  await page.goto('/status');
  await expect(page.getByRole('heading', { name: 'The server’s status could not be loaded' })).toBeVisible();
  await accessible(page, 'server status, unreachable');
  await page.unroute(path);
  await answers(page, problem);
  await page.clock.runFor(10_000);
  await expect(page.getByRole('heading', { name: 'The media server does not answer.' })).toBeVisible();
  await page.unroute(path);
  await page.route(path, (route) => route.abort());
  await page.clock.runFor(10_000);
  await expect(page.getByRole('alert')).toContainText('The status below is from');
  await expect(page.getByRole('heading', { name: 'The media server does not answer.' })).toBeVisible();
  await accessible(page, 'server status, unreachable after a report');
});

test('an answer that is not a report is not shown as one', async ({ person }) => {
  const { page } = await person();
  await answers(page, { at: 'now', verdict: '<b>', checks: 'none' });
  await page.goto('/status');
  await expect(page.getByText('The server sent an unexpected answer')).toBeVisible();
  await button(page, 'Try again').click();
});
