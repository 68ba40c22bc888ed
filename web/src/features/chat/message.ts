import { kinds } from '../../nostr/kinds.ts';
import { coordinateOf, naddr, spaceCoordinate } from '../../nostr/link.ts';
import type { EventTemplate, NostrEvent } from '../../nostr/signer.ts';

// Chat messages (NIP-53, kind 1311) as plain values and functions.

// The nest that a chat belongs to, and the relay it is on.
export interface ChatNest {
  id: string;
  host: string;
  relay: string;
}

// waiting: for a connection to the relay. refused: by the relay, with the reason in words.
export type Delivery = 'sent' | 'sending' | 'waiting' | 'refused';

export interface Message {
  id: string;
  pubkey: string;
  at: number; // unix s, created_at limited to shortly after its arrival
  came: number; // position among the messages received live, 0 for stored ones: orders messages of one second
  text: string;
  replyTo: string | null; // id of a message
  delivery: Delivery;
  words: string; // of the relay, when refused
  event: NostrEvent;
}

const ahead = 60; // s that a message may be ahead of our clock: apps date a reply after the message it answers
const longest = 20_000; // characters kept of a text; relays accept more

// isAddressed reports whether an event belongs to the chat, in either form of its a tag. Old links name the nest by a
// stream (30311).
function isAddressed(event: NostrEvent, { id, host }: ChatNest): boolean {
  return event.tags.some(([name, value]) => {
    if (name !== 'a' || !value) return false;
    const to = coordinateOf(value);
    return to !== null && (to.kind === kinds.space || to.kind === kinds.stream) && to.pubkey === host && to.d === id;
  });
}

// aTagForms returns the values of the a tag to request from a relay, which matches them exactly. (Our relay also finds
// naddr forms by their coordinate.)
export const aTagForms = ({ id, host, relay }: ChatNest): string[] => [
  spaceCoordinate(host, id),
  `${kinds.stream}:${host}:${id}`,
  naddr(host, id, []),
  naddr(host, id, [relay]),
];

// read returns null if the event is not a message of this chat. now is unix s.
export function read(event: NostrEvent, nest: ChatNest, now: number, came = 0): Message | null {
  if (event.kind !== kinds.chat || !isAddressed(event, nest) || event.content.trim() === '') return null;
  return {
    id: event.id,
    pubkey: event.pubkey,
    at: Math.min(event.created_at, now + ahead), // a clock that runs ahead must not keep its messages last
    came,
    text: event.content.slice(0, longest),
    replyTo: parentOf(event),
    delivery: 'sent',
    words: '',
    event,
  };
}

// parentOf returns the message that this one replies to: the e tag marked reply, else the last unmarked one (NIP-10),
// else the quoted event.
function parentOf({ tags }: NostrEvent): string | null {
  const direct = tags.filter(([name]) => name === 'e');
  const parent =
    direct.find((tag) => tag[3] === 'reply') ??
    direct.findLast((tag) => !tag[3]) ??
    tags.find(([name]) => name === 'q');
  const id = parent?.[1];
  return id && /^[0-9a-f]{64}$/.test(id) ? id : null;
}

// template returns the message to sign. now is unix s. The message is dated no earlier than after, so that a reply
// sorts after its question and a user's messages keep their order.
export function template(
  text: string,
  nest: ChatNest,
  replyTo: Message | null,
  now: number,
  after: number,
): EventTemplate {
  const tags = [['a', spaceCoordinate(nest.host, nest.id), nest.relay, 'root']];
  if (replyTo) {
    tags.push(['e', replyTo.id, nest.relay, 'reply'], ['p', replyTo.pubkey]);
  }
  const created_at = Math.max(now, Math.min(after, now + ahead));
  return { kind: kinds.chat, created_at, content: text.trim(), tags };
}

// inOrder compares messages by date, then by arrival, then by id.
const inOrder = (a: Message, b: Message): number =>
  a.at - b.at || a.came - b.came || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

// merge adds messages in order, each once. A message that comes back from the relay counts as sent.
export function merge(list: readonly Message[], news: readonly Message[], keep = 5_000): readonly Message[] {
  const known = new Map(list.map((message) => [message.id, message]));
  let changed = false;
  for (const message of news) {
    const had = known.get(message.id);
    if (had && (had.delivery === 'sent' || message.delivery !== 'sent')) continue;
    // It keeps its position.
    known.set(message.id, had ? { ...message, at: had.at, came: had.came } : message);
    changed = true;
  }
  return changed ? [...known.values()].sort(inOrder).slice(-keep) : list;
}

// shown leaves out the messages of muted keys, but never the user's own.
export function shown(list: readonly Message[], muted: ReadonlySet<string>, me: string | null): readonly Message[] {
  return muted.size === 0 ? list : list.filter(({ pubkey }) => pubkey === me || !muted.has(pubkey));
}

// mutedIn returns the keys of a public mute list (NIP-51).
export const mutedIn = ({ tags }: NostrEvent): string[] =>
  tags.filter(([name, value]) => name === 'p' && /^[0-9a-f]{64}$/.test(value ?? '')).map((tag) => tag[1] ?? '');

// unreadIn counts the messages of others after the last one that the user saw.
export function unreadIn(list: readonly Message[], seen: Message | null, me: string | null): number {
  return list.filter((message) => message.pubkey !== me && (!seen || inOrder(message, seen) > 0)).length;
}
