import { expect, it } from 'vitest';
import { offered, read, template } from '../../src/features/reactions/reaction.ts';
import type { NostrEvent } from '../../src/nostr/signer.ts';
import { host } from './kit.ts';

const nest = { id: 'birds', host, relay: 'wss://relay.example.org' };
const now = 1_700_000_000;
const event = (content: string, more: Partial<NostrEvent> = {}): NostrEvent => ({
  ...template(content, nest, now),
  id: 'e'.repeat(64),
  pubkey: 'f'.repeat(64),
  sig: '',
  ...more,
});

it('takes one emoji, whatever it is made of, and a like', () => {
  for (const emoji of [...offered, '👍🏽', '👩‍👩‍👧', '🇫🇷', '☀️'])
    expect(read(event(emoji), nest, now)?.emoji).toBe(emoji);
  for (const like of ['+', '']) expect(read(event(like), nest, now)?.emoji).toBe('❤️');
});

it('takes nothing else', () => {
  for (const text of ['-', 'hello', ':soapbox:', '👏👏', '👏 you', '7', '#', `${'\u0301'.repeat(500)}👏`]) {
    expect(read(event(text), nest, now), text).toBeNull();
  }
});

it('takes what is for this nest, and of just now', () => {
  expect(read(event('👏'), { ...nest, id: 'fish' }, now)).toBeNull();
  expect(read(event('👏', { tags: [['e', 'a'.repeat(64)]] }), nest, now)).toBeNull();
  expect(read(event('👏', { kind: 1 }), nest, now)).toBeNull();
  expect(read(event('👏'), nest, now + 50)).not.toBeNull();
  for (const later of [100, -100]) expect(read(event('👏'), nest, now + later)).toBeNull();
});
