import { kinds } from '../../nostr/kinds.ts';
import { coordinateOf, spaceCoordinate } from '../../nostr/link.ts';
import type { EventTemplate, NostrEvent } from '../../nostr/signer.ts';

// Reactions to a nest (kind 7, NIP-25) as plain values and functions.

// What a tap offers; anything that is one emoji is shown.
export const offered = ['👏', '❤️', '😂', '😮', '🔥', '💯'] as const;

export interface NestRef {
  id: string;
  host: string;
  relay: string;
}

export interface Reaction {
  id: string;
  pubkey: string;
  emoji: string;
}

const fresh = 60; // s: what is older tells of a moment that has gone
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// read is null for what is no reaction to this nest of just now. now is unix s.
export function read(event: NostrEvent, { id, host }: NestRef, now: number): Reaction | null {
  const names = event.tags.some(([name, value]) => {
    const to = name === 'a' && value ? coordinateOf(value) : null;
    return to !== null && to.kind === kinds.space && to.pubkey === host && to.d === id;
  });
  const emoji = emojiOf(event.content);
  if (event.kind !== kinds.reaction || !names || !emoji || Math.abs(now - event.created_at) > fresh) return null;
  return { id: event.id, pubkey: event.pubkey, emoji };
}

// emojiOf is the one emoji of a text, '' for any other. A plus, or nothing, is a like (NIP-25).
function emojiOf(content: string): string {
  const text = content.trim();
  if (text === '' || text === '+') return '❤️';
  if (text.length > 32 || !/\p{Extended_Pictographic}|\p{Regional_Indicator}{2}/u.test(text)) return '';
  const parts = graphemes.segment(text)[Symbol.iterator]();
  parts.next();
  return parts.next().done ? text : '';
}

export const template = (emoji: string, { id, host, relay }: NestRef, now: number): EventTemplate => ({
  kind: kinds.reaction,
  created_at: now,
  content: emoji,
  tags: [
    ['a', spaceCoordinate(host, id), relay],
    ['p', host],
    ['k', String(kinds.space)],
  ],
});
