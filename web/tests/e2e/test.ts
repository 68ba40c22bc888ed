import {
  type Browser,
  type BrowserContext,
  test as base,
  chromium,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import { Server } from './server.ts';
import { Turn } from './turns.ts';
import { voice } from './voice.ts';

export const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${voice}`,
  '--allow-loopback-in-peer-connection',
];

export const launch = (args: string[] = flags, env: NodeJS.ProcessEnv = process.env): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args, env });

// One person at one browser, with the console that a test may read.
export interface Person {
  page: Page;
  context: BrowserContext;
  console: string[];
}

interface Worker {
  server: Server;
  chromium: Browser;
}

interface Each {
  turn: Turn;
  person: (options?: Parameters<Browser['newContext']>[0]) => Promise<Person>;
}

export const test = base.extend<Each, Worker>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the first argument
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],
  chromium: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const browser = await launch();
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  turn: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use, info) => {
      const turn = new Turn(info.tags.includes('@alone') ? 'alone' : 'shared');
      await turn.take();
      await use(turn);
      turn.release();
    },
    { auto: true, timeout: 0 },
  ],
  // Whatever else a test is about: no token in any console line, nothing that the page's policy had to stop, no
  // error thrown in it.
  person: async ({ server, chromium }, use) => {
    const people: Person[] = [];
    const thrown: string[] = [];
    await use(async (options = {}) => {
      const person = await newPerson(chromium, { baseURL: server.url, ...options });
      person.page.on('pageerror', (error) => thrown.push(String(error)));
      people.push(person);
      return person;
    });
    await Promise.all(people.map(({ context }) => context.close()));
    for (const line of people.flatMap(({ console }) => console)) {
      expect(line).not.toMatch(/eyJ[\w-]{10,}|access_token=/);
      expect(line).not.toMatch(violation);
    }
    expect(thrown).toEqual([]);
  },
});

// How Chromium says in the console that a Content-Security-Policy, Trusted Types included, was hit.
export const violation = /Content Security Policy|This document requires 'Trusted/;

export async function newPerson(browser: Browser, options: Parameters<Browser['newContext']>[0]): Promise<Person> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  return { page, context, console: lines };
}

export { accessible, clean } from './accessible.ts';
export { expect, type Locator, type Page };

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
export const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

export async function connected(page: Page): Promise<void> {
  await expect(page.getByRole('status', { name: 'Connected' })).toBeVisible({ timeout: 20_000 });
}

// create opens a nest and answers with its address; its host is inside then.
export async function create(host: Person, title = 'Evening birds'): Promise<string> {
  await host.page.goto('/');
  await host.page.getByLabel('Title').fill(title);
  await button(host.page, 'Create nest').click();
  await connected(host.page);
  await expect(host.page).toHaveURL(/\/naddr1/);
  return host.page.url();
}

export async function join(person: Person, url: string, as: 'Join' | 'Join as guest'): Promise<void> {
  await person.page.goto(url);
  await button(person.page, as).click();
  await connected(person.page);
}

// nestWithGuest creates a nest on a server, and returns its host and a guest, both connected.
export async function nestWithGuest(browser: Browser, server: Server): Promise<{ host: Person; guest: Person }> {
  const host = await newPerson(browser, { baseURL: server.url });
  const guest = await newPerson(browser, { baseURL: server.url });
  await join(guest, await create(host), 'Join as guest');
  return { host, guest };
}

// dismissToasts closes the messages that would go by themselves after some seconds.
export async function dismissToasts(page: Page): Promise<void> {
  const close = page.getByRole('log').getByRole('button');
  await expect(async () => {
    while ((await close.count()) > 0) await close.first().click({ timeout: 500 });
  }).toPass();
}

export const secretKey = (page: Page): Promise<string> =>
  page.evaluate(async () => sessionStorage.getItem('nests.key') ?? '');

// heard is how loud the remote voices are in this page, decoded and measured where they are played: the most of
// some time, which ends as soon as it is more than enough. Voices that begin meanwhile count.
export function heard(page: Page, ms = 2_500, enough = Number.POSITIVE_INFINITY): Promise<number> {
  return page.evaluate(
    async ([during, enough]) => {
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      analyser.fftSize = 2048;
      const samples = new Float32Array(analyser.fftSize);
      const connected = new Set<MediaStream>();
      let loudest = 0;
      for (const end = performance.now() + during; performance.now() < end && loudest <= enough; ) {
        for (const element of document.querySelectorAll('audio')) {
          const stream = element.srcObject;
          if (!(stream instanceof MediaStream) || connected.has(stream)) continue;
          if (stream.getAudioTracks().length === 0 || element.paused) continue;
          context.createMediaStreamSource(stream).connect(analyser);
          connected.add(stream);
        }
        await new Promise((done) => setTimeout(done, 50));
        analyser.getFloatTimeDomainData(samples);
        loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length));
      }
      await context.close();
      return loudest;
    },
    [ms, enough] as const,
  );
}

export const audible = 0.01; // rms; speech peaks above 0.1, silence and comfort noise stay below 0.001

// hears waits until a remote voice is loud in this page.
export const hears = (page: Page, within = 20_000): Promise<void> =>
  expect
    .poll(() => heard(page, 2_500, audible), { message: 'a voice is heard', timeout: within, intervals: [50] })
    .toBeGreaterThan(audible);
