import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { finalizeEvent } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { publish } from './relay.ts';
import { Server } from './server.ts';
import { newSecret } from './sign.ts';
import { accessible, button, create, expect, join, newPerson, type Page, type Person, region, test } from './test.ts';

// run presses the button and waits for the whole report; its verdict's code stands in small print.
async function run(page: Page): Promise<string> {
  await button(page, 'Run API Diagnostics').click();
  await expect(button(page, 'Copy report')).toBeVisible({ timeout: 40_000 });
  const fine = await region(page, 'Diagnostics').getByRole('status').locator('p').last().textContent();
  return /(?:Scenario [ABC] · )?(\w+)/.exec(fine ?? '')?.[1] ?? '';
}

const line = (page: Page, name: string) =>
  region(page, 'Diagnostics').getByRole('listitem').filter({ hasText: name }).first();

test('in a healthy nest every check passes, and the report can be copied and saved', async ({ person }) => {
  test.setTimeout(120_000);
  const host = await person({ permissions: ['clipboard-read', 'clipboard-write', 'microphone'] });
  await create(host);
  const { page } = host;
  expect(await run(page)).toBe('healthy');
  await expect(page.getByText('Room exists: ✅ | Guest access: ✅')).toBeVisible();
  await expect(line(page, 'Audio path')).toContainText('works');
  await expect(page.getByRole('status', { name: 'Connected' })).toBeVisible(); // the test did not touch the call
  await accessible(page, 'diagnosed inside');
  await button(page, 'Copy report').click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toContain('verdict healthy');
  const text = await copied();
  expect(text).toMatch(/✓ webrtc: ok/);
  const download = page.waitForEvent('download');
  await button(page, 'Save report').click();
  const saved = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  expect(saved.verdict.code).toBe('healthy');
  expect(saved.server.checks.length).toBeGreaterThan(10);
  for (const copy of [text, JSON.stringify(saved)]) {
    expect(copy).not.toMatch(/eyJ[\w-]{8,}|Nostr [\w+/-]{24,}|access_token/);
    const secret = await page.evaluate(() => sessionStorage.getItem('nests.key') ?? 'none');
    expect(copy).not.toContain(secret);
  }
});

// The server lost the nest, or never had it: its event names this server all the same.
test('the host restores a nest that the server lost, under the same link', async ({ person }) => {
  const [host, stranger] = [await person(), await person()];
  const secret = newSecret();
  const id = randomUUID();
  await host.page.goto('/');
  const service = new URL(host.page.url()).origin;
  const tags = [
    ['d', id],
    ['room', 'Lost and found'],
    ['status', 'open'],
    ['service', service],
  ];
  const event = finalizeEvent(
    { kind: 30312, created_at: Math.floor(Date.now() / 1000), content: '', tags },
    hexToBytes(secret),
  );
  expect(await publish(host.page, [event])).toEqual([]);

  await stranger.page.goto(`/n/${id}`);
  expect(await run(stranger.page)).toBe('orphan_space');
  await expect(stranger.page.getByText('Scenario B')).toBeVisible();
  await expect(button(stranger.page, 'Restore this nest')).toHaveCount(0);

  await host.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
  await host.page.goto(`/n/${id}`);
  expect(await run(host.page)).toBe('orphan_space');
  await accessible(host.page, 'orphan, diagnosed by its host');
  await button(host.page, 'Restore this nest').click();
  await expect(button(host.page, 'Join')).toBeVisible();
  await expect(host.page.getByText('Lost and found')).toBeVisible();
  await join(stranger, `/n/${id}`, 'Join as guest');
});

test.describe('with other servers', () => {
  // at runs a page against a server of its own.
  async function at(
    more: Record<string, string>,
    chromium: Parameters<typeof newPerson>[0],
    act: (person: Person, server: Server) => Promise<void>,
  ): Promise<void> {
    const server = new Server(more);
    await server.start();
    // The policy lets a page reach plain relays of its own server only; here another server's is on loopback, too.
    const person = await newPerson(chromium, { baseURL: server.url, bypassCSP: true });
    try {
      await act(person, server);
      expect(person.console.join('\n')).not.toMatch(/eyJ[\w-]{10,}|access_token=/);
    } finally {
      await person.context.close();
      await server.close();
    }
  }

  test('the event of a nest shows that it is on another server', async ({ chromium, server }) => {
    test.setTimeout(90_000);
    await at({}, chromium, async (person, other) => {
      await create(person);
      const address = new URL(person.page.url()).pathname;
      await button(person.page, 'Leave').click();
      await person.page.goto(server.url + address);
      expect(await run(person.page)).toBe('wrong_server');
      expect(await person.page.getByText(other.url.replace('http://', '')).count()).toBeGreaterThan(0);
    });
  });

  // Signalling works and media goes nowhere: the classic of containers and firewalls.
  test('an unreachable media path and a media server that is down have different verdicts', async ({ chromium }) => {
    test.setTimeout(120_000);
    await at({}, chromium, async ({ page }) => {
      // A firewall that lets nothing through but a relay that nobody offers.
      await page.addInitScript(() => {
        const Real = RTCPeerConnection;
        globalThis.RTCPeerConnection = class extends Real {
          constructor(config: RTCConfiguration = {}) {
            super({ ...config, iceTransportPolicy: 'relay' });
          }
          override setConfiguration(config: RTCConfiguration = {}) {
            super.setConfiguration({ ...config, iceTransportPolicy: 'relay' });
          }
        };
      });
      await page.goto('/');
      await page.getByLabel('Title').fill('Silent birds');
      await button(page, 'Create nest').click();
      await expect(page.getByRole('heading', { name: 'This browser cannot reach the media server' })).toBeVisible({
        timeout: 60_000,
      });
      expect(await run(page)).toBe('media_unreachable_from_client');
      await expect(line(page, 'Connection to the media server')).toContainText('works');
      await expect(line(page, 'Audio path')).toContainText('failed');
    });
  });
});

test('the page reports its own problem: offline, another tab, a denied or missing microphone', async ({ person }) => {
  test.setTimeout(120_000);
  const [one, two] = [await person(), await person()];
  const url = await create(one);
  const secret = await one.page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
  await one.page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await button(one.page, 'Unmute').click();
  await expect(one.page.getByText('This page may not use the microphone.').first()).toBeVisible();
  expect(await run(one.page)).toBe('mic_denied');
  await one.page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'));
  });
  await button(one.page, 'Unmute').click();
  await expect(one.page.getByText('No microphone was found.').first()).toBeVisible();
  expect(await run(one.page)).toBe('no_mic');
  await two.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
  await join(two, url, 'Join');
  await expect(one.page.getByRole('heading', { name: 'This nest is open somewhere else' })).toBeVisible();
  expect(await run(one.page)).toBe('other_tab');
  await two.context.setOffline(true);
  expect(await run(two.page)).toBe('offline');
  await two.context.setOffline(false);
});
