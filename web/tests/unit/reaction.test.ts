import { signal } from '@preact/signals';
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';
import { expect, it, vi } from 'vitest';
import { offered, read, template } from '../../src/features/reactions/reaction.ts';
import { createReactions } from '../../src/features/reactions/reactions.ts';
import type { Session } from '../../src/features/session/session.ts';
import type { Link, Listener } from '../../src/nostr/relay.ts';
import type { NostrEvent } from '../../src/nostr/signer.ts';
import { host, yes } from './kit.ts';

const nest = { id: 'birds', host, relay: 'wss://relay.example.org' };
const now = 1_700_000_000;
const event = (content: string, more: Partial<NostrEvent> = {}): NostrEvent => ({
  ...template(content, nest, now),
  id: 'e'.repeat(64),
  pubkey: 'f'.repeat(64),
  sig: '',
  ...more,
});

it('accepts one emoji, whatever it is made of, and a like', () => {
  for (const emoji of [...offered, '👍🏽', '👩‍👩‍👧', '🇫🇷', '☀️'])
    expect(read(event(emoji), nest, now)?.emoji).toBe(emoji);
  for (const like of ['+', '']) expect(read(event(like), nest, now)?.emoji).toBe('❤️');
});

it('accepts nothing else', () => {
  for (const text of ['-', 'hello', ':soapbox:', '👏👏', '👏 you', '7', '#', `${'\u0301'.repeat(500)}👏`]) {
    expect(read(event(text), nest, now), text).toBeNull();
  }
});

it('accepts only recent reactions to this nest', () => {
  expect(read(event('👏'), { ...nest, id: 'fish' }, now)).toBeNull();
  expect(read(event('👏', { tags: [['e', 'a'.repeat(64)]] }), nest, now)).toBeNull();
  expect(read(event('👏', { kind: 1 }), nest, now)).toBeNull();
  expect(read(event('👏'), nest, now + 50)).not.toBeNull();
  for (const later of [100, -100]) expect(read(event('👏'), nest, now + later)).toBeNull();
});

it('shows reactions of participants, also of one who is seen inside only later, and of nobody else', async () => {
  const [present, late, outside] = [generateSecretKey(), generateSecretKey(), generateSecretKey()];
  const session = { now: () => now * 1000, server: async () => yes({ relay: nest.relay }) } as unknown as Session;
  let query: Listener | null = null;
  const link = {
    listen: (asked: Listener) => {
      query = asked;
    },
    close: () => {},
  } as unknown as Link;
  const inside = signal<ReadonlySet<string>>(new Set([getPublicKey(present)]));
  const reactions = createReactions(
    session,
    () => link,
    inside,
    () => false,
  );
  reactions.open(nest.id, host);
  const asked = await vi.waitUntil(() => query);
  asked.onEnd?.();
  // Signatures are verified in order: when the last event is shown, the two before it have been decided.
  for (const key of [late, outside, present]) asked.onEvent(finalizeEvent(template('🔥', nest, now), key));
  const shownOf = (key: Uint8Array) => reactions.of(getPublicKey(key)).value.map(({ emoji }) => emoji);
  await vi.waitFor(() => expect(shownOf(present)).toEqual(['🔥']));
  expect(shownOf(late)).toEqual([]);
  inside.value = new Set([getPublicKey(present), getPublicKey(late)]);
  expect(shownOf(late)).toEqual(['🔥']);
  expect(shownOf(outside)).toEqual([]);
  reactions.close();
  expect(shownOf(present)).toEqual([]);
});
