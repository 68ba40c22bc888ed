import { kinds } from '../../nostr/kinds.ts';
import { coordinateOf, spaceCoordinate } from '../../nostr/link.ts';
import type { EventTemplate, NostrEvent } from '../../nostr/signer.ts';

// Reactions to a nest (kind 7, NIP-25) as plain values and pure functions.

// offered are the emoji to choose from. Any single emoji is shown.
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

const fresh = 60; // s; older reactions are ignored
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// read returns null unless the event is a recent reaction to this nest. now is unix s.
export function read(event: NostrEvent, { id, host }: NestRef, now: number): Reaction | null {
  const names = event.tags.some(([name, value]) => {
    const to = name === 'a' && value ? coordinateOf(value) : null;
    return to !== null && to.kind === kinds.space && to.pubkey === host && to.d === id;
  });
  const emoji = emojiOf(event.content);
  if (event.kind !== kinds.reaction || !names || !emoji || Math.abs(now - event.created_at) > fresh) return null;
  return { id: event.id, pubkey: event.pubkey, emoji };
}

// emojiOf returns the text if it is one emoji, otherwise ''. An empty text or + is a like (NIP-25).
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
