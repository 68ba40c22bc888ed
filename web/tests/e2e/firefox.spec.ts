import { networkInterfaces } from 'node:os';
import puppeteer, { type Page } from 'puppeteer-core';
import { Server } from './server.ts';
import { audible, button, connected, create, expect, hears, join, newPerson, test } from './test.ts';

// Firefox gathers no loopback candidates where there is a network, so the media of this server is at an address of
// that.
const address = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

const firefox = () =>
  puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true, // a tone
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
    },
  });

const click = (page: Page, name: string) => page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
const shows = (page: Page, text: string) =>
  page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { timeout: 20_000 }, text);

// loudest decodes some seconds of what an audio element of the page plays. (A Firefox without a sound card runs no
// AudioContext.)
const loudest = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const playing = [...document.querySelectorAll('audio')].find((audio) => !audio.paused && !audio.muted);
    const stream = playing?.srcObject;
    if (!(stream instanceof MediaStream)) return 0;
    const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const done = new Promise((end) => {
      recorder.onstop = end;
    });
    recorder.start();
    await new Promise((end) => setTimeout(end, 3_000));
    recorder.stop();
    await done;
    const sound = await new Blob(parts).arrayBuffer();
    const samples = (await new OfflineAudioContext(1, 48_000, 48_000).decodeAudioData(sound)).getChannelData(0);
    let most = 0;
    for (let at = 0; at + 960 <= samples.length; at += 960) {
      const part = samples.subarray(at, at + 960);
      most = Math.max(most, Math.sqrt(part.reduce((sum, s) => sum + s * s, 0) / part.length));
    }
    return most;
  });

test('Firefox: a guest hears, and a host is heard', { tag: '@alone' }, async ({ chromium }) => {
  test.setTimeout(120_000);
  const server = new Server(address ? { NESTS_MEDIA_IP: address } : {});
  await server.start();
  const browser = await firefox();
  try {
    await test.step('a guest in Firefox hears a host in Chromium', async () => {
      const host = await newPerson(chromium, { baseURL: server.url });
      const url = await create(host, 'Heard by a fox');
      await button(host.page, 'Unmute').click();
      const page = await browser.newPage();
      await page.goto(url);
      await click(page, 'Join as guest');
      await shows(page, 'Connected');
      await expect.poll(() => loudest(page), { timeout: 30_000 }).toBeGreaterThan(audible);
      await page.close();
      await host.context.close();
    });
    await test.step('a host in Firefox is heard by a guest in Chromium', async () => {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.locator('input[required]').fill('Hosted by a fox');
      await click(page, 'Create nest');
      await shows(page, 'Connected');
      await click(page, 'Unmute');
      await shows(page, 'Mute');
      const guest = await newPerson(chromium, { baseURL: server.url });
      await join(guest, page.url(), 'Join as guest');
      await connected(guest.page);
      await hears(guest.page, 30_000);
      await guest.context.close();
    });
  } finally {
    await browser.close();
    await server.close();
  }
});
