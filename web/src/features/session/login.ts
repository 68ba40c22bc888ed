import { signal } from '@preact/signals';
import { failure } from '../../lib/errors.ts';
import { type Result, refused } from '../../lib/result.ts';
import type { Box } from '../../lib/storage.ts';
import type { Link } from '../../nostr/relay.ts';
import type { Session, User } from './session.ts';

export type Login = ReturnType<typeof createLogin>;

// A request to a signer app. The tab remembers it, because the page may be suspended or closed while the app is open.
interface Hop {
  clientSecret: string;
  secret: string;
  relay: string;
  since: number; // unix s
}

const hopLasts = 10 * 60; // s

// The login sheet: whether it is open, and the ways to log in.
export function createLogin(session: Session, tab: Box, connect: (url: string) => Link) {
  const open = signal(false);
  const uri = signal(''); // nostrconnect address shown to the signer app, '' while none is awaited
  const opening = { done: (_: boolean) => {} };
  let over = new AbortController();

  // ask opens the sheet, and returns whether there is a user when it closes.
  function ask(): Promise<boolean> {
    opening.done(false);
    open.value = true;
    return new Promise((done) => {
      opening.done = done;
    });
  }

  // restart aborts every login that is waiting, so that closing the sheet never logs the user in later.
  function restart(): AbortSignal {
    over.abort();
    over = new AbortController();
    return over.signal;
  }

  // giveUp stops waiting for a signer.
  function giveUp(): void {
    restart();
    uri.value = '';
    tab.remove('hop');
  }

  function close(): void {
    giveUp();
    void session.begin();
    open.value = false;
    opening.done(session.user.peek() !== null);
    opening.done = () => {};
  }

  async function withSecret(text: string, passphrase: string): Promise<Result<User>> {
    if (text.trim().toLowerCase().startsWith('ncryptsec1')) return session.useLocked(text.trim(), passphrase);
    const { secretOf } = await import('../../nostr/local.ts');
    const secret = secretOf(text);
    if (!secret) return refused(failure('bad_key'));
    return session.useSecret(secret);
  }

  async function withBunker(text: string): Promise<Result<User> | null> {
    const { readBunker } = await import('../../nostr/bunker.ts');
    const { newSecret } = await import('../../nostr/local.ts');
    const address = readBunker(text);
    if (!address) {
      return refused(failure('bad_bunker'));
    }
    const { remote, secret } = address;
    const bunker = { clientSecret: newSecret(), remote, relay: address.relays[0] ?? '', secret };
    return unlessClosed((mine) => session.useBunker(bunker, true, mine));
  }

  async function unlessClosed(way: (mine: AbortSignal) => Promise<Result<User>>): Promise<Result<User> | null> {
    const mine = over.signal;
    const done = await way(mine);
    return mine.aborted ? null : done;
  }

  // hop shows an address for a signer app, and waits for the app's answer on this server's relay.
  async function hop(): Promise<Result<User> | null> {
    const mine = restart();
    const server = await session.server();
    if (!server.ok) return server;
    const { newSecret } = await import('../../nostr/local.ts');
    if (mine.aborted) return null;
    const asked: Hop = {
      clientSecret: newSecret(),
      secret: newSecret().slice(0, 32),
      relay: server.value.relay,
      since: Math.floor(Date.now() / 1000) - 10,
    };
    tab.write('hop', JSON.stringify(asked));
    return wait(asked, mine);
  }

  async function wait(asked: Hop, mine: AbortSignal): Promise<Result<User> | null> {
    const { awaitSigner, connectUri } = await import('../../nostr/bunker.ts');
    if (mine.aborted) return null;
    uri.value = connectUri(asked.clientSecret, asked.relay, asked.secret, { name: 'Nests', url: location.origin });
    const link = connect(asked.relay);
    const bunker = await awaitSigner(link, asked, mine);
    link.close();
    if (!bunker || mine.aborted) return null;
    const done = await session.useBunker(bunker, false, mine);
    if (mine.aborted) return null;
    tab.remove('hop');
    uri.value = '';
    return done;
  }

  // resume continues a request that was made before this page was closed or reloaded.
  async function resume(): Promise<void> {
    const asked = read(tab.read('hop'));
    if (!asked) return;
    open.value = true;
    const done = await wait(asked, restart());
    if (done?.ok) close();
  }

  return {
    open,
    uri,
    ask,
    close,
    giveUp,
    hop,
    resume,
    withSecret,
    withBunker,
    withExtension: () => unlessClosed(session.useExtension),
    fresh: () => session.freshKey(),
  };
}

function read(text: string | null): Hop | null {
  try {
    const { clientSecret, secret, relay, since } = JSON.parse(text ?? 'null') as Hop;
    const fits = [clientSecret, secret, relay].every((part) => typeof part === 'string') && typeof since === 'number';
    return fits && Date.now() / 1000 - since < hopLasts ? { clientSecret, secret, relay, since } : null;
  } catch {
    return null;
  }
}
