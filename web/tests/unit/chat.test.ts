import { describe, expect, it } from 'vitest';
import {
  aTagForms,
  type ChatNest,
  type Message,
  merge,
  mutedIn,
  read,
  shown,
  template,
  unreadIn,
} from '../../src/features/chat/message.ts';
import { coordinateOf, naddr } from '../../src/nostr/link.ts';
import type { NostrEvent } from '../../src/nostr/signer.ts';
import { createVerifier } from '../../src/nostr/verify.ts';
import { host, id } from './kit.ts';

const place: ChatNest = { id, host, relay: 'wss://nests.example/relay' };
const now = 1_750_000_000;
const key = (letter: string): string => letter.repeat(64);

const event = (tags: string[][], more: Partial<NostrEvent> = {}): NostrEvent => ({
  id: key('1'),
  pubkey: key('b'),
  kind: 1311,
  created_at: now,
  content: 'hello',
  tags,
  sig: '',
  ...more,
});

const message = (name: string, at: number, more: Partial<Message> = {}): Message => ({
  id: name,
  pubkey: key('b'),
  at,
  came: 0,
  text: name,
  replyTo: null,
  delivery: 'sent',
  words: '',
  event: event([], { created_at: at }),
  ...more,
});

const ids = (list: readonly Message[]) => list.map((m) => m.id);

describe('where a message belongs', () => {
  it.each([
    ['a coordinate', `30312:${host}:${id}`, true],
    ['the address of an old link', `30311:${host}:${id}`, true],
    ['an naddr', naddr(host, id, []), true],
    ['an naddr with hints', naddr(host, id, ['wss://other.example', 'wss://third.example']), true],
    ['an naddr as a link', `nostr:${naddr(host, id, [])}`, true],
    ['an naddr in capitals', naddr(host, id, []).toUpperCase(), true],
    ['another host', `30312:${key('c')}:${id}`, false],
    ['another nest', `30312:${host}:${id}x`, false],
    ['another kind', `30023:${host}:${id}`, false],
    ['no address', 'naddr1qqqq', false],
    ['nothing', '', false],
  ])('%s', (_, a, is) => {
    expect(read(event([['a', a]]), place, now) !== null).toBe(is);
  });

  it('needs the kind and a text', () => {
    const a = [['a', `30312:${host}:${id}`]];
    expect(read(event(a, { kind: 1 }), place, now)).toBeNull();
    expect(read(event(a, { content: ' \n' }), place, now)).toBeNull();
    expect(read(event([]), place, now)).toBeNull();
  });

  it('requests both forms of the a tag, and reads a d tag with colons', () => {
    expect(aTagForms(place).map(coordinateOf)).toEqual(
      [30312, 30311, 30312, 30312].map((kind) => ({ kind, pubkey: host, d: id })),
    );
    expect(coordinateOf(`30312:${host}:a:b`)).toEqual({ kind: 30312, pubkey: host, d: 'a:b' });
  });
});

describe('what a message answers', () => {
  const [one, two] = [key('2'), key('3')];
  it.each<[string, string[][], string | null]>([
    ['nothing', [], null],
    [
      'the one marked reply',
      [
        ['e', one, '', 'root'],
        ['e', two, '', 'reply'],
      ],
      two,
    ],
    [
      'the last without a mark',
      [
        ['e', one],
        ['e', two],
      ],
      two,
    ],
    ['not what is only mentioned', [['e', one, '', 'mention']], null],
    ['what is quoted', [['q', one]], one],
    ['nothing that is no id', [['e', 'x'.repeat(64)]], null],
  ])('%s', (_, tags, parent) => {
    expect(read(event([['a', `30312:${host}:${id}`], ...tags]), place, now)?.replyTo).toBe(parent);
  });

  it('reads what it writes, and dates a reply after the message it answers', () => {
    const asked = read(event([['a', `30312:${host}:${id}`]], { created_at: now + 5 }), place, now + 5) as Message;
    const made = template(' yes ', place, asked, now, now + 6);
    expect(made).toMatchObject({ kind: 1311, content: 'yes', created_at: now + 6 });
    expect(made.tags).toContainEqual(['p', asked.pubkey]);
    const back = read({ ...made, id: key('9'), pubkey: key('c'), sig: '' }, place, now + 10);
    expect(back?.replyTo).toBe(asked.id);
    // A clock far ahead of ours drags nobody along.
    expect(template('x', place, null, now, now + 5_000).created_at).toBe(now + 60);
  });
});

describe('order', () => {
  it('of one second is the order of arrival', () => {
    const list = merge([], [message('c', 1, { came: 2 }), message('b', 1, { came: 3 }), message('d', 1)]);
    expect(ids(list)).toEqual(['d', 'c', 'b']);
    expect(ids(merge(list, [message('c', 1, { came: 9 })]))).toEqual(['d', 'c', 'b']);
  });

  it('is by time, then by id, each message once', () => {
    const list = merge([message('b', 2)], [message('c', 1), message('a', 2), message('b', 9), message('c', 1)]);
    expect(ids(list)).toEqual(['c', 'a', 'b']);
    expect(merge(list, [message('a', 2)])).toBe(list); // nothing new: nothing is drawn
  });

  it('shows the user’s own message at once, and confirms it in its place', () => {
    const mine = message('mine', 5, { delivery: 'sending' });
    const sent = merge([message('x', 4), mine], [message('mine', 3)]);
    expect(sent.map((m) => [m.id, m.delivery])).toEqual([
      ['x', 'sent'],
      ['mine', 'sent'],
    ]);
    expect(merge(sent, [{ ...mine, delivery: 'waiting' }])).toBe(sent);
  });

  it('keeps the newest of too many', () => {
    const many = Array.from({ length: 30 }, (_, i) => message(`m${i}`, i));
    expect(ids(merge([], many, 3))).toEqual(['m27', 'm28', 'm29']);
  });

  it('does not keep messages last whose author’s clock runs ahead', () => {
    expect(read(event([['a', `30312:${host}:${id}`]], { created_at: now + 600 }), place, now)?.at).toBe(now + 60);
  });
});

it('leaves out muted keys, but never the user’s own messages', () => {
  const list = [message('a', 1), message('b', 2, { pubkey: key('c') }), message('d', 3, { pubkey: key('d') })];
  const muted = new Set(mutedIn(event([['p', key('c')], ['p', 'nonsense'], ['e', key('d')], ['p', key('d')], ['p']])));
  expect(muted).toEqual(new Set([key('c'), key('d')]));
  expect(ids(shown(list, muted, key('d')))).toEqual(['a', 'd']);
  expect(shown(list, new Set(), null)).toBe(list);
});

it('counts later messages of others', () => {
  const list = [message('a', 1), message('b', 2), message('c', 3, { pubkey: key('e') })];
  expect(unreadIn(list, null, key('e'))).toBe(2);
  expect(unreadIn(list, list[0] ?? null, key('e'))).toBe(1);
  expect(unreadIn(list, list[2] ?? null, null)).toBe(0);
});

it('passes only well-formed, signed events, in batches and in order', async () => {
  const out: string[][] = [];
  let pauses = 0;
  const verifier = createVerifier(
    (events) => out.push(events.map((e) => e.content)),
    async () => (e: NostrEvent) => e.sig === 'good',
    async () => {
      pauses++;
    },
  );
  const odd: unknown[] = [null, 7, {}, { ...event([]), tags: [['a', 1]] }, { ...event([]), content: 4, sig: 'good' }];
  for (const e of odd) verifier.add(e as NostrEvent);
  verifier.add(event([], { content: 'forged', sig: 'bad' }));
  for (const content of ['1', '2', '3']) verifier.add(event([], { content, sig: 'good' }));
  await verifier.drained();
  expect(out.flat()).toEqual(['1', '2', '3']);
  expect(pauses).toBeGreaterThan(0);
});
