import type { Listed } from '../../lib/api.ts';
import { cleanLine } from '../../nostr/content.ts';
import { naddr } from '../../nostr/link.ts';
import type { NostrEvent } from '../../nostr/signer.ts';

// Elsewhere is a nest on another server, read from its space.
export interface Elsewhere extends Listed {
  server: string; // host name
  href: string;
}

// Seen is a verified space and the relay that sent it.
export interface Seen {
  event: NostrEvent;
  relay: string;
}

const soon = 60_000; // ms; an open space that starts later than this is planned
const latest = 4_102_444_800; // 2100-01-01 in s; a later time is a mistake, usually milliseconds
const hashtagsMost = 10;
const hostMost = 48; // characters of a host name

// readSpace turns a space of any dialect into a list entry. It returns null for an ended, private or invalid
// space, or one of this server. All content is untrusted and shown as text; only the server's address becomes
// a link. Pictures are left out, because loading them would reveal the viewer to another server.
export function readSpace({ event, relay }: Seen, ours: string[], now: number): Elsewhere | null {
  const tag = (name: string): string => event.tags.find(([is]) => is === name)?.[1] ?? '';
  const d = tag('d');
  const server = serverOf(tag('service'), ours);
  if (!server || d === '' || cleanLine(d, 128) !== d || new TextEncoder().encode(d).length > 128) return null;
  const starts_at = timeOf(tag('starts'));
  const status = statusOf(tag('status'), starts_at, now);
  if (!status) return null;
  return {
    roomId: `${event.pubkey}:${d}`,
    host: event.pubkey,
    speakers: speakersIn(event),
    admins: [],
    link: '',
    recording: false,
    status,
    title: cleanLine(tag('room') || tag('title'), 120),
    summary: cleanLine(tag('summary'), 300),
    color: tag('color'),
    hashtags: hashtagsIn(event),
    createdAt: event.created_at * 1000,
    ...(status === 'planned' ? { starts_at } : {}),
    // the end of a host name identifies its owner
    server: server.host.length > hostMost ? `…${server.host.slice(-hostMost)}` : server.host,
    href: `${server.origin}/${naddr(event.pubkey, d, relay.length <= 200 ? [relay] : [])}`,
  };
}

// Clients use open and live for the same state. Without a participant count, a card shows open. A nest is
// planned while its start is in the future.
function statusOf(word: string, starts: number, now: number): 'open' | 'planned' | null {
  switch (word.trim().toLowerCase()) {
    case 'open':
    case 'live':
      return starts > now + soon ? 'planned' : 'open';
    case 'planned':
      return starts > now ? 'planned' : null;
    default:
      return null;
  }
}

// serverOf returns the server that a space names: an https address without credentials and of another origin
// than this server's. Plain http is accepted on loopback if this server is on loopback too.
function serverOf(service: string, ours: string[]): URL | null {
  const url = service.length <= 2_000 ? urlOf(service) : null;
  if (!url) return null;
  if (url.username !== '' || url.password !== '' || url.hostname === '') return null;
  const plain = url.protocol === 'http:' && isLoopback(url) && ours.some((origin) => isLoopback(urlOf(origin)));
  if (url.protocol !== 'https:' && !plain) return null;
  return ours.some((origin) => urlOf(origin)?.origin === url.origin) ? null : url;
}

export function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

const isLoopback = (url: URL | null): boolean =>
  url !== null && (/^127\.\d+\.\d+\.\d+$/.test(url.hostname) || ['localhost', '[::1]'].includes(url.hostname));

function timeOf(seconds: string): number {
  const value = /^\d{1,12}$/.test(seconds) ? Number(seconds) : 0;
  return value > latest ? 0 : value * 1000;
}

const speaks = /^(host|speaker|moderator|admin|co-?host|owner)$/i;

const speakersIn = ({ tags }: NostrEvent): string[] =>
  tags
    .filter(([name, key, , role]) => name === 'p' && /^[0-9a-f]{64}$/.test(key ?? '') && speaks.test(role ?? ''))
    .slice(0, 50)
    .map((tag) => tag[1] ?? '');

function hashtagsIn({ tags }: NostrEvent): string[] {
  const words = tags
    .filter(([name]) => name === 't')
    .map((tag) => cleanLine(tag[1], 40).replace(/^#+/, '').toLowerCase());
  return [...new Set(words.filter(Boolean))].slice(0, hashtagsMost);
}
