import { kinds } from '../../nostr/kinds.ts';
import { coordinateOf, naddr, spaceCoordinate } from '../../nostr/link.ts';
import type { EventTemplate, NostrEvent } from '../../nostr/signer.ts';

// Chat messages (kind 1311, NIP-53 §Live Chat) as plain values and functions.

// Where a chat belongs: a nest by its host and id.
export interface ChatPlace {
  id: string;
  host: string;
  relay: string;
}

// sending: on its way. waiting: until the relay is back. refused: the relay said why in words.
export type Delivery = 'sent' | 'sending' | 'waiting' | 'refused';

export interface Message {
  id: string;
  pubkey: string;
  at: number; // unix s, never much later than it came
  came: number; // which of those that came live, 0 for what was stored: orders those of one second
  text: string;
  replyTo: string | null; // id of the message it answers
  delivery: Delivery;
  words: string; // the relay's, why refused
  event: NostrEvent;
}

const ahead = 60; // s that a message may lie before our clock: writers put theirs below what they answer
const longest = 20_000; // of what is kept of a text; relays take more

// addressed says whether an event belongs to the chat, in either spelling of its a tag. Old links name the nest's
// 30311.
function addressed(event: NostrEvent, { id, host }: ChatPlace): boolean {
  return event.tags.some(([name, value]) => {
    if (name !== 'a' || !value) return false;
    const to = coordinateOf(value);
    return to !== null && (to.kind === kinds.space || to.kind === kinds.stream) && to.pubkey === host && to.d === id;
  });
}

// spellings are the a values to ask a relay for that knows only exact ones. Ours finds every naddr by the coordinate.
export const spellings = ({ id, host, relay }: ChatPlace): string[] => [
  spaceCoordinate(host, id),
  `${kinds.stream}:${host}:${id}`,
  naddr(host, id, []),
  naddr(host, id, [relay]),
];

// read is null for what is no message of this chat. now is unix s.
export function read(event: NostrEvent, place: ChatPlace, now: number, came = 0): Message | null {
  if (event.kind !== kinds.chat || !addressed(event, place) || event.content.trim() === '') return null;
  return {
    id: event.id,
    pubkey: event.pubkey,
    at: Math.min(event.created_at, now + ahead), // a clock that runs ahead does not stay below everybody
    came,
    text: event.content.slice(0, longest),
    replyTo: parentOf(event),
    delivery: 'sent',
    words: '',
    event,
  };
}

// The message that is answered: the e tag marked reply, else the last that is not marked otherwise (NIP-10), else what
// is quoted.
function parentOf({ tags }: NostrEvent): string | null {
  const direct = tags.filter(([name]) => name === 'e');
  const parent =
    direct.find((tag) => tag[3] === 'reply') ??
    direct.findLast((tag) => !tag[3]) ??
    tags.find(([name]) => name === 'q');
  const id = parent?.[1];
  return id && /^[0-9a-f]{64}$/.test(id) ? id : null;
}

// template is the message to sign. now is unix s; after is the time it must not be earlier than, so that an answer
// stays below its question and one's own lines in their order.
export function template(
  text: string,
  place: ChatPlace,
  replyTo: Message | null,
  now: number,
  after: number,
): EventTemplate {
  const tags = [['a', spaceCoordinate(place.host, place.id), place.relay, 'root']];
  if (replyTo) {
    tags.push(['e', replyTo.id, place.relay, 'reply'], ['p', replyTo.pubkey]);
  }
  const created_at = Math.max(now, Math.min(after, now + ahead));
  return { kind: kinds.chat, created_at, content: text.trim(), tags };
}

const inOrder = (a: Message, b: Message): number =>
  a.at - b.at || a.came - b.came || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

// merge puts messages where they belong, each once. What came back from the relay is no longer on its way.
export function merge(list: readonly Message[], news: readonly Message[], keep = 5_000): readonly Message[] {
  const known = new Map(list.map((message) => [message.id, message]));
  let changed = false;
  for (const message of news) {
    const had = known.get(message.id);
    if (had && (had.delivery === 'sent' || message.delivery !== 'sent')) continue;
    // It stays where it was shown first.
    known.set(message.id, had ? { ...message, at: had.at, came: had.came } : message);
    changed = true;
  }
  return changed ? [...known.values()].sort(inOrder).slice(-keep) : list;
}

// shown leaves out whom the user or the host has muted; nobody hides himself.
export function shown(list: readonly Message[], muted: ReadonlySet<string>, me: string | null): readonly Message[] {
  return muted.size === 0 ? list : list.filter(({ pubkey }) => pubkey === me || !muted.has(pubkey));
}

// mutedIn are the keys of a public mute list (NIP-51 kind 10000).
export const mutedIn = ({ tags }: NostrEvent): string[] =>
  tags.filter(([name, value]) => name === 'p' && /^[0-9a-f]{64}$/.test(value ?? '')).map((tag) => tag[1] ?? '');

// unreadIn counts what others wrote after the last message that was seen.
export function unreadIn(list: readonly Message[], seen: Message | null, me: string | null): number {
  return list.filter((message) => message.pubkey !== me && (!seen || inOrder(message, seen) > 0)).length;
}
