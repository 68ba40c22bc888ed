import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { friendlyName } from '../../src/nostr/friendly.ts';
import { addressOf, naddr } from '../../src/nostr/link.ts';
import { publish, sign } from './relay.ts';
import { newSecret } from './sign.ts';
import { accessible, button, create, expect, join, type Page, region, secretKey, test } from './test.ts';

const chat = (page: Page) => region(page, 'Chat');
const rows = (page: Page) => chat(page).getByRole('list', { name: 'Messages' }).locator(':scope > li');
const lastPart = (url: string): string => new URL(url).pathname.slice(1);
const seconds = (): number => Math.floor(Date.now() / 1000);

async function write(page: Page, text: string): Promise<void> {
  await chat(page).getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
}

// The nest's coordinate, from its own address.
function coordinate(url: string): { id: string; host: string; a: string } {
  const { id, host } = addressOf(lastPart(url)) ?? { id: '' };
  return { id, host: host ?? '', a: `30312:${host}:${id}` };
}

test('two people chat, and a guest reads along', async ({ person }) => {
  const [host, other, guest] = [await person(), await person(), await person()];
  const url = await create(host);
  await expect(chat(host.page)).toContainText('Nobody has written yet.');
  await accessible(host.page, 'empty chat');
  await join(other, url, 'Join');
  await join(guest, url, 'Join as guest');

  await write(host.page, 'Welcome! Look at https://example.org/birds.');
  for (const { page } of [host, other, guest]) await expect(rows(page)).toHaveCount(1);
  await expect(chat(host.page).getByLabel('Message', { exact: true })).toHaveValue('');
  await expect(chat(host.page)).not.toContainText('Sending…');
  const link = rows(guest.page).getByRole('link', { name: 'example.org/birds' });
  await expect(link).toHaveAttribute('href', 'https://example.org/birds');
  await expect(link).toHaveAttribute('rel', /noopener noreferrer/);
  await expect(rows(other.page)).toContainText(['Host']);

  // An answer names what it answers, and leads there.
  await button(other.page, 'Reply').click();
  await expect(chat(other.page).getByLabel('Message', { exact: true })).toBeFocused();
  await write(other.page, 'Lovely, thank you');
  await expect(rows(host.page)).toHaveCount(2);
  await expect(
    rows(host.page)
      .nth(1)
      .getByRole('button', { name: /^Reply to/ }),
  ).toContainText('Welcome! Look at');
  await write(host.page, 'one\ntwo');
  await write(host.page, 'three');
  await expect(rows(other.page)).toContainText(['Welcome!', 'Lovely', 'one', 'three']);
  await expect(rows(host.page)).toContainText(['Welcome!', 'Lovely', 'one', 'three']); // each once
  await accessible(other.page, 'chat with an answer');

  await expect(chat(guest.page)).toContainText('Guests can only read.');
  await expect(chat(guest.page).getByRole('textbox')).toHaveCount(0);
  await expect(button(guest.page, 'Reply')).toHaveCount(0);
  await accessible(guest.page, 'chat as a guest');

  // It is all there after a reload, and for who comes later.
  await other.page.reload();
  await expect(rows(other.page)).toContainText(['Welcome!', 'Lovely', 'one', 'three']);
});

test('both spellings of the a tag are read, and other chats are not', async ({ person }) => {
  const host = await person();
  const { id, host: key, a } = coordinate(await create(host));
  const secret = newSecret();
  const say = (content: string, to: string, at: number) =>
    sign(secret, { kind: 1311, created_at: seconds() - 60 + at, content, tags: [['a', to, '', 'root']] });
  const hints = ['wss://hint.example', 'wss://another.example'];
  expect(
    await publish(host.page, [
      say('by coordinate', a, 1),
      say('by naddr', naddr(key, id, []), 2),
      say('by naddr with hints', naddr(key, id, hints), 3),
      say('to an old link', `30311:${key}:${id}`, 4),
    ]),
  ).toEqual([]);
  const all = ['by coordinate', 'by naddr', 'by naddr with hints', 'to an old link'];
  await expect(rows(host.page)).toContainText(all); // live
  await host.page.reload();
  await expect(rows(host.page)).toContainText(all); // stored
  const later = await person();
  const other = coordinate(await create(later, 'Another nest'));
  expect(await publish(host.page, [say('elsewhere', other.a, 5), say('here', a, 6)])).toEqual([]);
  await expect(rows(host.page)).toContainText([...all, 'here']);
  await expect(rows(later.page)).toContainText(['elsewhere']);
});

test('hostile text stays text, and hostile names stay small', async ({ person }) => {
  const host = await person();
  const { a } = coordinate(await create(host));
  const secret = newSecret();
  const violations: string[] = [];
  host.page.on('console', (message) => {
    if (/Content Security Policy|Trusted Type/.test(message.text())) violations.push(message.text());
  });
  const texts = [
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>',
    'javascript:window.hacked=1 [x](javascript:window.hacked=1)',
    'http://plain.example and https://user:pass@evil.example/',
    'start \u202egnp.exe\u2066 end',
    'W'.repeat(10_000),
    '𓀀'.repeat(3_000),
    `z${'\u0301'.repeat(500)}`,
  ];
  const events = texts.map((content, i) =>
    sign(secret, { kind: 1311, created_at: seconds() - 60 + i, content, tags: [['a', a]] }),
  );
  const name = `\u202e${'👑Giant'.repeat(2_000)}<b>bold</b>`;
  expect(await publish(host.page, events)).toEqual([]);
  await expect(rows(host.page).last()).toContainText('z\u0301');
  const profile = sign(await secretKey(host.page), {
    kind: 0,
    created_at: seconds(),
    content: JSON.stringify({ display_name: name, name: 'x' }),
    tags: [],
  });
  expect(await publish(host.page, [profile])).toEqual([]);
  await host.page.reload();
  await write(host.page, 'hello from a giant');
  const said = rows(host.page).last();
  await expect(said).toContainText('hello from a giant');
  await expect(said).toContainText('👑Giant');
  expect((await said.locator('bdi').first().textContent())?.length).toBeLessThan(100);
  expect(await said.locator('bdi').first().textContent()).not.toContain('\u202e');

  await expect(chat(host.page).getByRole('link')).toHaveCount(0);
  await expect(chat(host.page).locator('img, script, b')).toHaveCount(0);
  expect(await host.page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
  // The override ends with its message, nothing is wider than its column, and a giant is opened only on demand.
  await expect(chat(host.page).locator('p[dir="auto"]').first()).toHaveCSS('unicode-bidi', /isolate|plaintext/);
  for (const width of [360, 768, 1280]) {
    await host.page.setViewportSize({ width, height: 800 });
    if (width < 1000 && !(await chat(host.page).isVisible()))
      await host.page.getByRole('button', { name: /^Chat/ }).click();
    await expect(chat(host.page)).toBeVisible();
    const wide = await host.page.evaluate(() => {
      const inside = document.querySelector('#chat ol')?.parentElement;
      const page = document.documentElement;
      return [inside ? inside.scrollWidth - inside.clientWidth : 1, page.scrollWidth - page.clientWidth];
    });
    expect(Math.max(...wide)).toBeLessThanOrEqual(0);
  }
  const open = chat(host.page).getByRole('button', { name: 'Show more' }).first();
  await open.scrollIntoViewIfNeeded();
  await open.click();
  await expect(chat(host.page).getByRole('button', { name: 'Show less' })).toBeVisible();
  // At the end of the list, where the giant and all after it are drawn: above, the window may end within the giant.
  const list = chat(host.page).getByRole('list', { name: 'Messages' }).locator('..');
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await accessible(host.page, 'hostile chat');
  expect(violations).toEqual([]);
});

test('people muted by the user or the host stay hidden', async ({ person }) => {
  const [host, other] = [await person(), await person()];
  const url = await create(host);
  await join(other, url, 'Join');
  const { a } = coordinate(url);
  const [rude, odd] = [newSecret(), newSecret()];
  const keyOf = (secret: string) => getPublicKey(hexToBytes(secret));
  let at = seconds() - 60; // a second each: their order is not in question here
  const say = (secret: string, content: string) =>
    sign(secret, { kind: 1311, created_at: at++, content, tags: [['a', a]] });
  const mute = (secret: string, whom: string) =>
    sign(secret, { kind: 10000, created_at: seconds(), content: '', tags: [['p', keyOf(whom)]] });
  await publish(host.page, [say(rude, 'something rude'), say(odd, 'something odd')]);
  await expect(rows(other.page)).toHaveCount(2);
  expect(await publish(host.page, [mute(await secretKey(host.page), rude)])).toEqual([]);
  await expect(rows(other.page)).toHaveText([/something odd/]);
  expect(await publish(other.page, [mute(await secretKey(other.page), odd)])).toEqual([]);
  await expect(rows(other.page)).toHaveCount(0);
  await expect(rows(host.page)).toHaveText([/something odd/]);
  await publish(host.page, [say(rude, 'rude again'), say(odd, 'odd again')]);
  await expect(rows(host.page)).toContainText(['something odd', 'odd again']);
  await host.page.reload();
  await expect(rows(host.page)).toContainText(['something odd', 'odd again']);
});

test('a thousand messages scroll smoothly, in few rows', { tag: '@alone' }, async ({ person }) => {
  test.setTimeout(150_000);
  const host = await person();
  const url = await create(host);
  const { a } = coordinate(url);
  const secrets = Array.from({ length: 25 }, newSecret);
  const start = seconds() - 3_000;
  const events = Array.from({ length: 1_000 }, (_, i) =>
    sign(secrets[i % 25] ?? '', {
      kind: 1311,
      created_at: start + i * 2,
      content: `message ${i} ${'bird '.repeat((i * 7) % 40)}`,
      tags: [['a', a]],
    }),
  );
  expect(await publish(host.page, events)).toEqual([]);
  let busy = true; // the relay, for who asks for older ones
  await host.page.routeWebSocket(/\/relay/, (socket) => {
    const relay = socket.connectToServer();
    socket.onMessage((message) => {
      const [verb, id, filter] = JSON.parse(String(message));
      if (busy && verb === 'REQ' && filter.until) socket.send(JSON.stringify(['CLOSED', id, 'error: busy']));
      else relay.send(message);
    });
  });
  await host.page.reload();
  await expect(rows(host.page).last()).toContainText('message 999');
  // what is still to come holds the reader's place
  await expect(rows(host.page).last()).toHaveAttribute('aria-setsize', '100');
  expect(await rows(host.page).count()).toBeLessThanOrEqual(60);

  const list = chat(host.page).getByRole('list', { name: 'Messages' }).locator('..');
  await list.evaluate((element) => element.scrollTo(0, 0));
  await expect(chat(host.page)).toContainText('Older messages could not be loaded.');
  busy = false;
  await button(host.page, 'Try again').click();
  await expect(chat(host.page)).not.toContainText('Older messages could not be loaded.');

  // Up to the first, page by page; the reader's place holds while older ones come in above it.
  await expect
    .poll(
      async () => {
        await list.evaluate((element) => element.scrollTo(0, 0));
        return rows(host.page).first().textContent();
      },
      { timeout: 60_000, intervals: [50] },
    )
    .toContain('message 0 ');
  await expect(rows(host.page).first()).toHaveAttribute('aria-setsize', '1000');
  expect(await rows(host.page).count()).toBeLessThanOrEqual(60);

  // Down again in steps of a wheel: every frame draws a bounded number of rows, none leaves a gap, none takes long.
  const seen = await list.evaluate(async (element) => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    let [rows, gaps, moved] = [0, 0, 0];
    const times: number[] = [];
    for (let step = 0; step < 150; step++) {
      const before = performance.now();
      element.scrollTop += 240;
      await frame();
      await frame();
      times.push(performance.now() - before);
      const drawn = [...element.querySelectorAll('li')];
      rows = Math.max(rows, drawn.length);
      const box = element.getBoundingClientRect();
      const first = drawn[0]?.getBoundingClientRect();
      const last = drawn.at(-1)?.getBoundingClientRect();
      if (!first || !last || first.top > box.top + 1 || last.bottom < box.bottom - 1) gaps++;
      moved = Number(drawn.at(-1)?.getAttribute('aria-posinset'));
    }
    times.sort((x, y) => x - y);
    const of = (part: number) => Math.round(times[Math.floor(times.length * part)] ?? 0);
    return { rows, gaps, moved, usual: of(0.5), slow: of(0.95) };
  });
  expect(seen.rows).toBeLessThanOrEqual(60);
  expect(seen.gaps).toBe(0);
  expect(seen.moved).toBeGreaterThan(150);
  // The slow ones follow the machine's load and are reported; the usual step must keep up.
  const frames = `two frames take ${seen.usual} ms, ${seen.slow} ms at the 95th percentile`;
  test.info().annotations.push({ type: 'frames', description: frames });
  expect(seen.usual, frames).toBeLessThan(67);

  // Somebody writes while one reads far up: nothing moves, and the mark leads down.
  const before = await rows(host.page).first().textContent();
  await publish(host.page, [
    sign(secrets[0] ?? '', { kind: 1311, created_at: seconds(), content: 'news', tags: [['a', a]] }),
  ]);
  await button(host.page, '1 new message').click();
  await expect(rows(host.page).last()).toContainText('news');
  expect(before).not.toContain('news');
  await expect(button(host.page, '1 new message')).toHaveCount(0);
});

test('a drawing between a scroll and its event leaves the reader where he went', async ({ person }) => {
  const host = await person();
  const { a } = coordinate(await create(host));
  const secret = newSecret();
  const start = seconds() - 300;
  const say = (i: number) =>
    sign(secret, {
      kind: 1311,
      created_at: start + i,
      content: `message ${i} ${'bird '.repeat((i * 7) % 40)}`,
      tags: [['a', a]],
    });
  expect(
    await publish(
      host.page,
      Array.from({ length: 60 }, (_, i) => say(i)),
    ),
  ).toEqual([]);
  await expect(rows(host.page).last()).toContainText('message 59');
  const list = chat(host.page).getByRole('list', { name: 'Messages' }).locator('..');
  // Sizes are watched after the frame's own work and before the next one's scroll events: this draws exactly in
  // between.
  const between = (share: number) =>
    list.evaluate(async (element, to) => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      await frame();
      const wanted = (element.scrollHeight - element.clientHeight) * to;
      element.scrollTop = wanted;
      element.style.marginBlockEnd = element.style.marginBlockEnd === '' ? '8px' : '';
      const row = () => {
        const edge = element.getBoundingClientRect().top;
        const first = [...element.querySelectorAll('li')].find((li) => li.getBoundingClientRect().bottom > edge);
        return first ? `${first.dataset.key} ${Math.round(first.getBoundingClientRect().top - edge)}` : '';
      };
      const events = new Promise((done) => element.addEventListener('scroll', done, { once: true }));
      await events;
      await frame();
      await frame();
      return { wanted, is: element.scrollTop, row: row() };
    }, share);
  const top = await between(0);
  expect(top.is).toBe(0);
  await expect(rows(host.page).first()).toContainText('message 0 ');
  const middle = await between(0.5);
  expect(Math.abs(middle.is - middle.wanted)).toBeLessThan(200); // heights of rows that were never drawn become known
  await expect(rows(host.page).first()).not.toContainText('message 0 ');
  const end = await between(1);
  expect(end.is).toBeGreaterThan(middle.is);
  await expect(rows(host.page).last()).toContainText('message 59');

  // Who went up a little before it is drawn stays there when somebody writes.
  const up = await between(0.5);
  await publish(host.page, [say(60)]);
  await expect(button(host.page, '1 new message')).toBeVisible();
  expect(await list.evaluate((element) => element.scrollTop)).toBeCloseTo(up.is, 0);
});

test('on a phone the chat is a sheet with an unread mark', async ({ person }) => {
  const [host, phone] = [await person(), await person({ viewport: { width: 360, height: 740 }, hasTouch: true })];
  const url = await create(host);
  await write(host.page, 'before');
  await join(phone, url, 'Join');
  await expect(chat(phone.page)).toHaveCount(0);
  await expect(button(phone.page, 'Chat')).toHaveAttribute('aria-expanded', 'false');
  await write(host.page, 'one');
  await write(host.page, 'two');
  const pull = button(phone.page, 'Chat');
  await expect(pull).toHaveAccessibleDescription('2 new messages');
  await accessible(phone.page, 'unread mark');
  await pull.click();
  await expect(rows(phone.page)).toContainText(['before', 'one', 'two']);
  await expect(pull).toHaveAccessibleDescription('');
  await expect(button(phone.page, 'Close chat')).toBeFocused();
  await accessible(phone.page, 'chat sheet');
  await write(phone.page, 'from a phone');
  await expect(rows(host.page).last()).toContainText('from a phone');
  await phone.page.keyboard.press('Escape');
  await expect(chat(phone.page)).toHaveCount(0);
  await expect(pull).toBeFocused();
});

test('offline, too fast and refused are said, and nothing written is lost', async ({ person, server }) => {
  const [host, other] = [await person(), await person()];
  const url = await create(host);
  await join(other, url, 'Join');
  await write(host.page, 'first');
  await expect(rows(other.page)).toHaveCount(1);

  await server.end('SIGKILL');
  await expect(chat(other.page)).toContainText('The chat is offline.');
  await write(other.page, 'written meanwhile');
  await expect(rows(other.page).last()).toContainText('Waiting for the connection');
  await accessible(other.page, 'chat offline');
  await server.start();
  await expect(rows(host.page)).toContainText(['first', 'written meanwhile'], { timeout: 30_000 });
  await expect(chat(other.page)).not.toContainText('Waiting for the connection');
  await expect(chat(other.page)).not.toContainText('The chat is offline.');

  // What the relay says to who writes too much, and to who is banned.
  const secret = await secretKey(other.page);
  const { a } = coordinate(url);
  const flood = Array.from({ length: 80 }, (_, i) =>
    sign(secret, { kind: 1311, created_at: seconds() - 100 + i, content: `flood ${i}`, tags: [['a', a]] }),
  );
  const [tooFast] = await publish(other.page, flood);
  expect(tooFast).toMatch(/^rate-limited: /);
  const answers = [tooFast, null, 'restricted: you are banned from this nest'];
  await other.page.routeWebSocket(/\/relay/, (socket) => {
    socket.onMessage((message) => {
      const [verb, event] = JSON.parse(String(message));
      if (verb === 'REQ') socket.send(JSON.stringify(['EOSE', event]));
      if (verb !== 'EVENT') return;
      const words = answers.shift();
      socket.send(JSON.stringify(['OK', event.id, words === null, words ?? '']));
    });
  });
  await other.page.reload();
  await expect(chat(other.page)).toContainText('Nobody has written yet.');
  await write(other.page, 'one too many');
  await expect(rows(other.page)).toContainText(['That was too fast for the relay.']);
  await accessible(other.page, 'chat too fast');
  await button(other.page, 'Try again').click();
  await expect(chat(other.page).getByRole('alert')).toHaveCount(0);
  await expect(button(other.page, 'Reply')).toHaveCount(1);
  await write(other.page, 'let me in');
  await expect(rows(other.page).last()).toContainText('The relay refused the message: you are banned from this nest');
  await button(other.page, 'Discard').click();
  await expect(rows(other.page)).toHaveCount(1);
});

test('a name that somebody gave himself stands for the key', async ({ person }) => {
  const [host, other] = [await person(), await person()];
  const url = await create(host);
  await join(other, url, 'Join');
  const secret = await secretKey(other.page);
  await write(other.page, 'who am I?');
  await expect(rows(host.page)).toContainText([friendlyName(getPublicKey(hexToBytes(secret)))]);
  const profile = { kind: 0, created_at: seconds(), content: '{"name":"Ada"}', tags: [] };
  expect(await publish(other.page, [sign(secret, profile)])).toEqual([]);
  await host.page.reload();
  await expect(rows(host.page)).toContainText(['Ada']);
});
