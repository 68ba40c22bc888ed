import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { friendlyName } from '../../src/nostr/friendly.ts';
import { accessible, connected, expect, hears, join, type Page, test } from './test.ts';

// reach presses Tab until an element of that name has the focus, and says so when it is not to be reached.
async function reach(page: Page, name: string | RegExp, most = 60): Promise<void> {
  const passed: string[] = [];
  for (let pressed = 0; pressed < most; pressed++) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const text = await focused.evaluate((element) => {
      const label = element.getAttribute('aria-label') ?? (element as HTMLInputElement).labels?.[0]?.textContent;
      return (label ?? element.textContent ?? '').trim();
    });
    passed.push(text);
    if (typeof name === 'string' ? text === name : name.test(text)) {
      // Whoever sees it knows where he is.
      expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle), text).not.toBe('none');
      return;
    }
  }
  throw new Error(`${name} is not reached by Tab; passed: ${passed.join(' | ')}`);
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await reach(page, name);
  await page.keyboard.press('Enter');
}

// What a screen reader was told, in order: the texts that were put into live regions.
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    new MutationObserver((records) => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) {
          const element = node instanceof Element ? node : node.parentElement;
          const text = element?.textContent?.trim();
          if (text && element?.closest('[role="log"], [role="alert"], [role="status"], [aria-live]')) said.push(text);
        }
      }
    }).observe(document, { childList: true, subtree: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
}

test("the host's whole journey by keyboard, and what is announced on it", { tag: '@alone' }, async ({ person }) => {
  test.setTimeout(120_000);
  const [host, listener] = [await person(), await person()];
  const { page } = host;
  const said = await listen(page);
  const heardByListener = await listen(listener.page);
  await page.goto('/');
  await reach(page, 'Title');
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await connected(page);
  await expect(page.getByRole('heading', { level: 1, name: 'By keyboard' })).toBeFocused();
  await press(page, 'Unmute');
  await expect(page.getByRole('button', { name: 'Mute', exact: true })).toBeVisible();

  await join(listener, page.url(), 'Join');
  await hears(listener.page);
  await press(listener.page, 'Raise hand');
  await expect.poll(said).toContainEqual(expect.stringMatching(/raises a hand\.$/));
  await expect.poll(heardByListener).toContainEqual('Your hand is up. You are number 1 in line.');
  await press(page, 'Invite to stage');
  await press(listener.page, 'Accept');
  await expect.poll(heardByListener).toContainEqual('You are on stage. Unmute when you want to speak.');
  await press(listener.page, 'Unmute');
  await expect(listener.page.getByRole('button', { name: 'Mute', exact: true })).toBeVisible();

  // The card of the speaker: muted by a moderator, then moved down; closed by Escape, with the focus back where it was.
  const secret = await listener.page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
  const speaker = friendlyName(getPublicKey(hexToBytes(secret)));
  await reach(page, speaker);
  const where = await page.locator(':focus').evaluate((element) => element.textContent);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await page.locator(':focus').evaluate((element) => element.textContent)).toBe(where);
  await page.keyboard.press('Enter');
  await press(page, 'Mute microphone');
  await expect.poll(heardByListener).toContainEqual('A moderator muted you. You can unmute yourself.');
  await reach(page, speaker);
  await page.keyboard.press('Enter');
  await press(page, 'Move to audience');
  await expect.poll(heardByListener).toContainEqual('You are in the audience now.');

  await reach(page, 'Message');
  await page.keyboard.type('Written by keyboard');
  await page.keyboard.press('Enter');
  await expect(listener.page.getByRole('region', { name: 'Chat' })).toContainText('Written by keyboard');
  await press(page, 'End nest');
  await expect(page.getByRole('heading', { name: 'This nest has ended' })).toBeFocused();
  await expect(listener.page.getByRole('alert').filter({ hasText: 'This nest has ended' })).toBeVisible();
  await accessible(page, 'ended by keyboard');
});
