import { signal } from '@preact/signals';
import type { AbstractRelay, Subscription } from 'nostr-tools/abstract-relay';
import type { VerifiedEvent } from 'nostr-tools/core';
import type { Filter } from 'nostr-tools/filter';
import { sleep } from '../lib/time.ts';
import type { EventTemplate, NostrEvent } from './signer.ts';

export type { Filter };

export interface Listener {
  filters: Filter[];
  onEvent(event: NostrEvent): void; // as the relay sent it, unverified
  onEnd?(): void; // all stored events have been sent; also after each reconnect
  onRefused?(words: string): void;
  anonymous?: boolean; // does not authenticate to the relay with the user's key
}

export type Published = { ok: true } | { ok: false; lost: boolean; words: string };

export interface Link {
  state: { readonly value: 'connecting' | 'open' | 'lost' };
  listen(listener: Listener): () => void;
  fetch(filter: Filter): Promise<NostrEvent[] | null>; // null if the relay is unreachable or refuses
  publish(event: NostrEvent): Promise<Published>;
  renew(): void; // reconnects
  close(): void;
}

type Sign = (template: EventTemplate) => Promise<NostrEvent | null>;

const firstWait = 500;
const longestWait = 20_000;
const never = 2 ** 31 - 1; // ms, the longest possible timer

// connect keeps one connection to a relay, and reconnects when it is lost. Subscriptions are repeated with their
// filters unchanged. (nostr-tools' own reconnect requests only events newer than the last one, which depends on the
// clocks of their authors.) sign authenticates the user if the relay requires it (NIP-42).
export function connect(url: string, sign: Sign): Link {
  const state = signal<'connecting' | 'open' | 'lost'>('connecting');
  const listeners = new Map<Listener, Subscription | null>();
  const over = new AbortController();
  let relay: AbstractRelay | null = null;
  let authenticated: Promise<boolean> | null = null; // of this connection

  async function run(): Promise<void> {
    for (let wait = firstWait; !over.signal.aborted; wait = Math.min(longestWait, wait * 2)) {
      const opened = await open();
      if (opened) {
        wait = firstWait / 2;
        await opened.gone;
        lose();
      }
      if (over.signal.aborted) return;
      if (!opened) state.value = 'lost';
      await sleep(wait * (0.7 + 0.6 * Math.random()), AbortSignal.any([over.signal, backOnline()]));
    }
  }

  // open connects once. gone resolves when the connection closes.
  async function open(): Promise<{ gone: Promise<void> } | null> {
    // it cannot be loaded without a network
    const library = await import('nostr-tools/abstract-relay').catch(() => null);
    if (!library) return null;
    const fresh = new library.AbstractRelay(url, { verifyEvent: () => true, enablePing: true });
    const gone = new Promise<void>((done) => {
      fresh.onclose = done;
    });
    try {
      await fresh.connect({ timeout: 10_000 });
    } catch {
      fresh.close();
      return null;
    }
    if (over.signal.aborted) {
      fresh.close();
      return null;
    }
    relay = fresh;
    authenticated = null;
    state.value = 'open';
    for (const listener of listeners.keys()) subscribe(fresh, listener);
    return { gone };
  }

  function lose(): void {
    relay = null;
    state.value = 'lost';
    for (const listener of listeners.keys()) listeners.set(listener, null);
  }

  function subscribe(on: AbstractRelay, listener: Listener): void {
    if (!listeners.has(listener) || !on.connected) return; // repeated after a reconnect
    listeners.set(
      listener,
      on.subscribe(listener.filters, {
        onevent: listener.onEvent,
        // matched by the relay, not by the library: an naddr in an a tag
        oninvalidevent: (event) => listener.onEvent(event as NostrEvent),
        // The library would call oneose after a timeout, too. Only the relay's EOSE counts.
        eoseTimeout: never,
        oneose: () => relay === on && listener.onEnd?.(),
        onclose: (words) => {
          if (relay !== on || !on.connected || listeners.get(listener)?.closed !== true) return;
          if (listener.anonymous || !words.startsWith('auth-required')) return listener.onRefused?.(words);
          void authenticate(on).then((done) => (done ? subscribe(on, listener) : listener.onRefused?.(words)));
        },
      }),
    );
  }

  function authenticate(on: AbstractRelay): Promise<boolean> {
    authenticated ??= new Promise((done) => {
      on.auth(async (template) => {
        const event = await sign(template);
        if (!event) {
          done(false); // otherwise the library waits forever
          throw new Error('no key to authenticate with');
        }
        return event as VerifiedEvent;
      }).then(
        () => done(true),
        () => done(false),
      );
    });
    return authenticated;
  }

  async function publish(event: NostrEvent, mayAuthenticate = true): Promise<Published> {
    const on = relay;
    if (!on) return { ok: false, lost: true, words: '' };
    try {
      await on.publish(event);
      return { ok: true };
    } catch (err) {
      const words = err instanceof Error ? err.message : '';
      if (words.startsWith('auth-required') && mayAuthenticate && (await authenticate(on)))
        return publish(event, false);
      // A relay's refusal has a prefix (NIP-01). Anything else is a lost connection or a timeout.
      const refused = relay === on && /^[a-z-]+: /.test(words);
      return { ok: false, lost: !refused, words };
    }
  }

  function listen(listener: Listener): () => void {
    listeners.set(listener, null);
    if (relay) subscribe(relay, listener);
    return () => {
      const subscription = listeners.get(listener);
      listeners.delete(listener);
      subscription?.close();
    };
  }

  function fetch(filter: Filter): Promise<NostrEvent[] | null> {
    const found: NostrEvent[] = [];
    if (!relay) return Promise.resolve(null);
    return new Promise((done) => {
      let stop = () => {};
      const end = (answer: NostrEvent[] | null) => {
        stop();
        done(answer);
      };
      stop = listen({
        filters: [filter],
        onEvent: (event) => found.push(event),
        onEnd: () => queueMicrotask(() => end(found)),
        onRefused: () => end(null),
      });
      setTimeout(() => end(null), 10_000); // the relay is silent, or the connection was lost
    });
  }

  void run();
  return {
    state,
    listen,
    fetch,
    publish: (event) => publish(event),
    renew: () => {
      const old = relay;
      lose();
      old?.close();
    },
    close: () => {
      over.abort();
      relay?.close();
    },
  };
}

function backOnline(): AbortSignal {
  const back = new AbortController();
  addEventListener('online', () => back.abort(), { once: true, signal: back.signal });
  return back.signal;
}
