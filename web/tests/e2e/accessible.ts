import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { birds, words } from '../../src/nostr/friendly.ts';

// accessible looks at a state as assistive technology does: axe finds nothing, and the tree that is read out is the
// one on file. UPDATE_ARIA=1 writes the files anew; what changed in them is then read like code.
export async function accessible(page: Page, state: string): Promise<void> {
  await asOnFile(page, state);
  await clean(page, state);
}

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const schemes = ['light', 'dark'] as const;
export const asIs = { colorScheme: 'light', reducedMotion: 'no-preference' } as const;

// clean runs axe over the page, light and dark.
export async function clean(page: Page, state: string): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await axe(page, state, colorScheme);
  }
  await page.emulateMedia(asIs);
}

// axe runs in the page as it is. It goes in over the debugging protocol, so the page's CSP stays on. The dark theme
// changes nothing but colours, so only the rules about them run in it.
export async function axe(page: Page, state: string, colorScheme: (typeof schemes)[number]): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  const found = await page.evaluate(async (dark) => {
    const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const { violations } = await axe.run(document, {
      resultTypes: ['violations'],
      ...(dark ? { runOnly: ['cat.color'] } : {}),
    });
    return violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' | ')}`);
  }, colorScheme === 'dark');
  expect(found, `${state}, ${colorScheme}`).toEqual([]);
}

async function asOnFile(page: Page, state: string): Promise<void> {
  const file = join(import.meta.dirname, 'aria', `${state.replace(/[^\p{L}\p{N}]+/gu, '-')}.yml`);
  const read = async () => {
    const dialog = page.locator('dialog:modal'); // the rest of the page is out of reach then
    return plain(await ((await dialog.count()) > 0 ? dialog.last() : page.locator('body')).ariaSnapshot());
  };
  if (process.env.UPDATE_ARIA) {
    let last = '';
    const settled = async () => {
      const before = last;
      last = await read();
      return last === before;
    };
    await expect.poll(settled, { intervals: [1_000] }).toBe(true);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, last);
    return;
  }
  expect(existsSync(file), `${file} is missing: UPDATE_ARIA=1 writes it`).toBe(true);
  await expect.poll(read, { message: `what is read out: ${state}` }).toBe(readFileSync(file, 'utf8'));
}

const anyName = new RegExp(`\\b(${words.join('|')}) (${birds.join('|')})`, 'g');
const day = /\b(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?\b/;
const month = /\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b/;
const date = new RegExp(`${day.source}|${month.source}`, 'g');

// plain leaves out what is another in each run: names, keys, numbers, who speaks, where the focus is, and messages
// that come and go.
function plain(tree: string): string {
  let within = -1; // the depth of the toasts
  const lines = tree.split('\n').filter((line) => {
    const depth = line.search(/\S/);
    if (within >= 0 && depth > within) return false;
    within = /^\s*- log(:|$)/.test(line) ? depth : -1;
    return within < 0;
  });
  const text = lines
    .join('\n')
    .replace(anyName, 'Somebody')
    .replace(/Guest [0-9a-f]{4}/g, 'Guest 0')
    .replace(/\b(npub|nsec|ncryptsec|naddr|nevent|note)1[0-9a-z]*…?[0-9a-z]*/g, '$1')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'id')
    .replace(/\b[0-9a-f]{16,64}\b/g, 'hex')
    .replace(/invite=[\w-]+/g, 'invite')
    .replace(date, 'day')
    .replace(/(?<!level=)\d+/g, '0')
    .replace(/0 [AP]M\b/g, '0')
    .replace(/ speaking\b| \[active\]/g, '');
  return `${text}\n`;
}
