import { uuid } from '../lib/random.ts';
import { kinds } from './kinds.ts';
import type { EventTemplate, NostrEvent } from './signer.ts';

export interface Request98 {
  url: string;
  method: string;
  body: string | Uint8Array<ArrayBuffer>;
  now: number; // unix ms, by the server's clock
}

// request returns the NIP-98 event to sign. The nonce makes equal requests of one second different, because the server
// accepts an event once. The payload tag is left out where the browser cannot hash (plain http); the server does not
// require it.
export async function request(call: Request98): Promise<EventTemplate> {
  const tags = [
    ['u', call.url],
    ['method', call.method],
    ['nonce', uuid()],
  ];
  if (call.body.length > 0 && crypto.subtle) tags.push(['payload', await sha256(call.body)]);
  return { kind: kinds.httpAuth, created_at: Math.floor(call.now / 1000), content: '', tags };
}

// header is the Authorization value of a signed request. All its text is ASCII, which btoa needs.
export const header = (event: NostrEvent): string => `Nostr ${btoa(JSON.stringify(event))}`;

async function sha256(body: Request98['body']): Promise<string> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
