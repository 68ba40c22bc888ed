import type { Listed } from '../../lib/api.ts';
import { cleanLine } from '../../nostr/content.ts';
import { naddr } from '../../nostr/link.ts';
import type { NostrEvent } from '../../nostr/signer.ts';

// A nest of another server, as its space says it, and where it opens.
export interface Elsewhere extends Listed {
  server: string; // host name
  href: string;
}

// A verified space, and the relay it was seen on.
export interface Seen {
  event: NostrEvent;
  relay: string;
}

const soon = 60_000; // ms ahead from which an open space is a planned one
const latest = 4_102_444_800; // 2100-01-01, s: later is a mistake, most often milliseconds
const hashtagsMost = 10;
const hostMost = 48; // letters of a host name

// readSpace makes a card of a space in any dialect: null for what is over, private, of this server, or no space at all. Everything in
// it is somebody's text and becomes text; only the address of the server becomes a link. Pictures are left out: they would tell
// strangers who looked.
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
    server: server.host.length > hostMost ? `…${server.host.slice(-hostMost)}` : server.host, // its end says whose it is
    href: `${server.origin}/${naddr(event.pubkey, d, relay.length <= 200 ? [relay] : [])}`,
  };
}

// Clients write open or live for the same; where nobody sees inside, a card says open. A plan is one while its start lies ahead.
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

// serverOf is where a space says it lives: an https address without a name and password, and another origin than ours. A server on
// this machine may be plain when ours is on it, too.
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
