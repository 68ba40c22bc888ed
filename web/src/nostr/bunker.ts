import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44';
import { finalizeEvent, getPublicKey, verifyEvent } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { kinds } from './kinds.ts';
import type { Link } from './relay.ts';
import type { EventTemplate, NostrEvent, Signer } from './signer.ts';

// Requests to a remote signer, an app or another device, over a relay (NIP-46). nostr-tools' own client subscribes only
// to events newer than itself, so it would miss the answers of a signer while a phone suspends this page.

const signed = [kinds.httpAuth, kinds.space, kinds.chat, kinds.reaction, kinds.relayAuth];
const perms = signed.map((kind) => `sign_event:${kind}`).join(',');

// A connection to a remote signer, as it is stored. clientSecret is a key of this app, not the user's.
export interface Bunker {
  clientSecret: string;
  remote: string; // the signer's key, which may differ from the user's
  relay: string;
  secret: string; // from the bunker address, '' for none
}

export interface BunkerAddress {
  remote: string;
  relays: string[];
  secret: string;
}

// readBunker reads a bunker:// address, and returns null for anything else.
export function readBunker(text: string): BunkerAddress | null {
  const [, remote, query] = /^bunker:\/\/([0-9a-f]{64})\?(.+)$/.exec(text.trim()) ?? [];
  if (!remote || !query) return null;
  const params = new URLSearchParams(query);
  const relays = params.getAll('relay').filter((url) => /^wss?:\/\/[^\s/]+/.test(url));
  return relays.length > 0 ? { remote, relays, secret: params.get('secret') ?? '' } : null;
}

// connectUri returns the address that a signer app scans or opens (NIP-46, connection initiated by the client).
export function connectUri(clientSecret: string, relay: string, secret: string, app: { name: string; url: string }) {
  const params = new URLSearchParams({ relay, secret, perms, name: app.name, url: app.url });
  return `nostrconnect://${getPublicKey(hexToBytes(clientSecret))}?${params}`;
}

interface Answer {
  id: string;
  result: string;
  error: string;
}

function read(event: NostrEvent, clientSecret: string): Answer | null {
  try {
    if (event.kind !== kinds.remoteSigning || !verifyEvent(event)) return null;
    const text = decrypt(event.content, getConversationKey(hexToBytes(clientSecret), event.pubkey));
    const { id, result, error } = JSON.parse(text) as Record<string, unknown>;
    return { id: String(id ?? ''), result: String(result ?? ''), error: String(error ?? '') };
  } catch {
    return null;
  }
}

// Our relay stores these events for some minutes, so a page that was suspended or reloaded still receives the answer.
const filterFor = (clientSecret: string, since: number) => ({
  kinds: [kinds.remoteSigning],
  '#p': [getPublicKey(hexToBytes(clientSecret))],
  since,
});

// awaitSigner waits for a signer to answer a nostrconnect address, and returns how to reach it, or null when over
// aborts.
export function awaitSigner(
  link: Link,
  asked: { clientSecret: string; relay: string; secret: string; since: number },
  over: AbortSignal,
): Promise<Bunker | null> {
  return new Promise((done) => {
    const stop = link.listen({
      filters: [filterFor(asked.clientSecret, asked.since)],
      onEvent: (event) => {
        if (read(event, asked.clientSecret)?.result !== asked.secret) return;
        stop();
        done({ clientSecret: asked.clientSecret, remote: event.pubkey, relay: asked.relay, secret: '' });
      },
    });
    over.addEventListener('abort', () => {
      stop();
      done(null);
    });
  });
}

export type BunkerSigner = Signer & { connect(): Promise<void>; close(): void };

// bunkerSigner sends requests to one remote signer. onAuth receives the URL of a page on which the user must allow
// them.
export function bunkerSigner(bunker: Bunker, link: Link, onAuth: (url: string) => void): BunkerSigner {
  const secret = hexToBytes(bunker.clientSecret);
  const key = getConversationKey(secret, bunker.remote);
  const waiting = new Map<string, { done: (result: string) => void; fail: (why: Error) => void }>();
  const unsent = new Set<NostrEvent>();
  let pubkey = '';

  const stop = link.listen({
    filters: [filterFor(bunker.clientSecret, Math.floor(Date.now() / 1000) - 10)],
    onEvent: (event) => {
      const answer = event.pubkey === bunker.remote ? read(event, bunker.clientSecret) : null;
      const asked = answer && waiting.get(answer.id);
      if (!answer || !asked) return;
      if (answer.result === 'auth_url') {
        if (/^https:\/\//.test(answer.error)) onAuth(answer.error);
        return;
      }
      waiting.delete(answer.id);
      if (answer.error !== '') asked.fail(new Error(answer.error));
      else asked.done(answer.result);
    },
    // Requests made without a connection are sent now.
    onEnd: () => {
      for (const event of unsent) void send(event);
    },
  });

  async function send(event: NostrEvent): Promise<void> {
    const sent = await link.publish(event);
    if (sent.ok || !sent.lost) unsent.delete(event);
  }

  function ask(method: string, params: string[]): Promise<string> {
    const id = crypto.getRandomValues(new Uint32Array(2)).join('');
    const content = encrypt(JSON.stringify({ id, method, params }), key);
    const created_at = Math.floor(Date.now() / 1000);
    const event = finalizeEvent(
      { kind: kinds.remoteSigning, created_at, content, tags: [['p', bunker.remote]] },
      secret,
    );
    return new Promise((done, fail) => {
      waiting.set(id, { done, fail });
      unsent.add(event);
      void send(event);
    });
  }

  async function sign(template: EventTemplate): Promise<NostrEvent> {
    const event = JSON.parse(await ask('sign_event', [JSON.stringify(template)])) as NostrEvent;
    const same = event.kind === template.kind && event.content === template.content && verifyEvent(event);
    if (!same || (pubkey !== '' && event.pubkey !== pubkey)) throw new Error('the signer signed something else');
    return event;
  }

  return {
    kind: 'bunker',
    publicKey: async () => {
      if (pubkey === '') pubkey = await ask('get_public_key', []);
      if (!/^[0-9a-f]{64}$/.test(pubkey)) throw new Error('the signer returned no public key');
      return pubkey;
    },
    sign,
    connect: async () => {
      await ask('connect', [bunker.remote, bunker.secret, perms]);
    },
    close: () => {
      stop();
      link.close();
    },
  };
}
