import { join } from 'node:path';
import { nsecEncode } from 'nostr-tools/nip19';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { friendlyName } from '../../src/nostr/friendly.ts';
import { addressOf } from '../../src/nostr/link.ts';
import { announce } from './nests.ts';
import { Server } from './server.ts';
import { newSecret } from './sign.ts';
import { test as base, expect } from './test.ts';
import { Watch } from './watch.ts';
import { keys, WebKit } from './webdriver.ts';

// Pages, dialogs and the login in WebKit's engine. Sound is not among it: Debian builds WebKitGTK without WebRTC.

interface Site {
  url: string;
  seen: string[]; // errors and violations of all its pages
  open(options?: { dark?: boolean }): Promise<WebKit>;
}

const test = base.extend<{ site: Site }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the first argument
  site: async ({}, use) => {
    const watch = new Watch();
    await watch.start();
    const server = new Server({ NESTS_PUBLIC_URL: watch.url });
    await server.start();
    watch.target = server.url;
    const pages: WebKit[] = [];
    await use({
      url: watch.url,
      seen: watch.seen,
      open: async (options) => {
        const page = await WebKit.start(options);
        pages.push(page);
        await page.size(1280, 900);
        return page;
      },
    });
    for (const page of pages) await page.close();
    watch.close();
    await server.close();
    expect(watch.seen).toEqual([]);
  },
});

const button = (name: string) => `//button[normalize-space(.)='${name}' or @aria-label='${name}']`;
const way = (title: string) => `//dialog[@open]//button[.//b[.='${title}']]`;
const heading = (text: string) => `//*[self::h1 or self::h2 or self::h3][contains(., '${text}')]`;
const field = (label: string) => `//*[@id = //label[starts-with(normalize-space(.), '${label}')]/@for]`;
const dialog = (text: string) => `//dialog[@open][contains(., '${text}')]`;

// picture is for a person to look at.
const picture = (page: WebKit, name: string) =>
  page.screenshot(join(import.meta.dirname, '..', '..', 'test-results', 'looks', `webkit-${name}.png`));

const becomes = (page: WebKit, script: string) => expect.poll(() => page.run(`return ${script}`), script);
const dialogs = 'document.querySelectorAll("dialog").length';
const focused = '(document.activeElement.innerText.trim() || document.activeElement.ariaLabel)';
const light = 'rgb(251, 246, 240)';
const dark = 'rgb(25, 20, 18)';
const pageColor = 'getComputedStyle(document.documentElement).backgroundColor';

test('what goes wrong in a page is seen, from its first line on', async ({ site }) => {
  const page = await site.open();
  await page.go(site.url);
  await page.run(`setTimeout(() => { throw new Error('thrown') }); void Promise.reject(new Error('rejected'));
    setTimeout(() => { document.body.innerHTML = '<b>markup</b>' });`);
  for (const what of [/^error: .*thrown/, /^rejection: .*rejected/, /^policy: require-trusted-types-for/]) {
    await expect.poll(() => site.seen).toContainEqual(expect.stringMatching(what));
  }
  site.seen.length = 0;
});

test('the lobby, somebody else’s nest, and what Join says without WebRTC', async ({ site }) => {
  await announce(site.url, 'Evening birds: how they build', [['summary', 'What swallows know']]);
  const id = await announce(site.url, 'Dawn chorus');
  const page = await site.open();
  await page.go(site.url);
  await page.text(heading('Evening birds'));
  expect(await page.text(heading('Open, nobody on stage'))).toMatch(/2$/);
  await picture(page, 'lobby');
  await page.click("//a[contains(., 'Dawn chorus')]");
  await page.text("//h1[.='Dawn chorus']");
  const path = await page.run<string>('return location.pathname');
  expect(addressOf(path.slice(1))?.id).toBe(id);
  await picture(page, 'preview');

  await page.run('delete window.RTCPeerConnection'); // should a later WebKitGTK bring it
  await page.click(button('Join'));
  expect(await page.text("//*[@role='alert']")).toContain('This browser cannot play live sound');
  await page.text("//p[.='no_webrtc']");
  await becomes(page, focused).toBe('This browser cannot play live sound');
  await becomes(page, "document.querySelector('main').innerText").not.toContain('Join');
  await becomes(page, "sessionStorage.getItem('nests.key')").toBeNull();
  await picture(page, 'no-webrtc');
  await page.click(button('Share'));
  expect(await page.text(dialog('Copy link'))).toContain(site.url + path);
  await picture(page, 'share');
  await page.press(keys.escape);
  await becomes(page, dialogs).toBe(0);
  await becomes(page, focused).toBe('Share');
  await page.click(button('Run API Diagnostics'));
  await page.text("//strong[contains(., 'This browser does not support WebRTC')]");
});

test('the form says what is missing, and a nest that is made has its address', async ({ site }) => {
  const page = await site.open();
  await page.go(`${site.url}/new`);
  for (const name of ['Title', 'Summary', 'Picture', 'Topics', 'Also publish']) await page.text(field(name));
  for (const name of ['Now', 'Later', 'Everyone', 'Invited people']) await page.text(`//label[contains(., '${name}')]`);
  await picture(page, 'new');
  await page.click(button('Create nest'));
  await page.text("//p[contains(@id, 'problem')][. = 'Give your nest a title.']");
  await becomes(page, 'document.activeElement.ariaInvalid').toBe('true');
  // Not under the header that stays at the top.
  await becomes(page, 'document.activeElement.getBoundingClientRect().top > 64').toBe(true);
  await picture(page, 'new-problem');
  await page.fill(field('Title'), 'Made in WebKit');
  await page.text("//h3[.='Made in WebKit']"); // how the lobby will show it
  await page.click(button('Create nest'));
  await becomes(page, 'location.pathname').toMatch(/^\/naddr1\w+$/);
  await page.text("//p[.='no_webrtc']");
  await page.go(site.url);
  await page.text(heading('Made in WebKit'));
});

test('the login, a fresh key with its backup, a private key, and the account', async ({ site }) => {
  const page = await site.open();
  await page.go(site.url);
  await page.click(button('Log in'));
  await page.text(dialog('New here?'));
  await picture(page, 'login');
  await page.press(keys.escape);
  await becomes(page, dialogs).toBe(0);
  await becomes(page, focused).toBe('Log in');

  await page.click(button('Log in'));
  await page.click(way('New here? Make a key'));
  await page.text(dialog('Keep your key'));
  await becomes(page, 'document.querySelector("[autocomplete=username]").value').toMatch(/^npub1/);
  await becomes(page, 'document.querySelector("[autocomplete=new-password]").value').toMatch(/^nsec1/);
  await picture(page, 'backup');
  await page.click(button('I saved it'));
  await becomes(page, dialogs).toBe(0);

  const account = "//header//button[starts-with(@aria-label, 'Your key')]";
  await page.click(account);
  await page.click(button('Log out'));
  await becomes(page, dialogs).toBe(0);

  const secret = newSecret();
  const name = friendlyName(getPublicKey(hexToBytes(secret)));
  await page.click(button('Log in'));
  await page.click(way('Private key'));
  await page.fill(field('Private key'), 'nsec1nonsense');
  await page.press(keys.enter);
  await page.text("//dialog//*[@role='alert'][contains(., 'This is not a key')]");
  await page.run('document.querySelector("dialog input").select()');
  await page.fill(field('Private key'), nsecEncode(hexToBytes(secret)));
  await page.press(keys.enter);
  await becomes(page, dialogs).toBe(0);
  await page.text(`//header//button[contains(@aria-label, '${name}')]`);
  await page.reload();
  await page.click(account);
  expect(await page.text(dialog('Log out'))).toContain(name);
  await picture(page, 'account');
  await page.press(keys.escape);
  await becomes(page, dialogs).toBe(0);
  await becomes(page, focused).toBe(name);
});

test('settings: the look is kept over a reload, and the microphone that is not there is said', async ({ site }) => {
  const page = await site.open();
  await page.go(`${site.url}/settings`);
  const choice = (word: string) => `//label[normalize-space(.)='${word}']`;
  await page.text(choice('Dark'));
  await becomes(page, pageColor).toBe(light);
  await page.click(choice('Dark'));
  await becomes(page, pageColor).toBe(dark);
  await page.reload();
  await page.text(choice('Dark'));
  await becomes(page, pageColor).toBe(dark);
  await page.run(`navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))`);
  await page.click(button('Test microphone'));
  await page.text("//*[@role='alert'][contains(., 'No microphone was found')]");
  await picture(page, 'settings-dark');
  await page.close();

  const night = await site.open({ dark: true }); // what the device wants
  await night.go(site.url);
  await night.text(heading('Open a nest'));
  await becomes(night, pageColor).toBe(dark);
  await picture(night, 'lobby-dark');
  await night.go(`${site.url}/settings`);
  await night.click(choice('Light'));
  await becomes(night, pageColor).toBe(light);
});
