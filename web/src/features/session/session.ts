import { signal } from '@preact/signals';
import type { Api, Authorize, Config } from '../../lib/api.ts';
import { type Failure, failure, noAnswer } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { Box } from '../../lib/storage.ts';
import { sleep } from '../../lib/time.ts';
import type { Bunker } from '../../nostr/bunker.ts';
import { header, request } from '../../nostr/nip98.ts';
import type { Link } from '../../nostr/relay.ts';
import { type EventTemplate, extension, type NostrEvent, type Signer } from '../../nostr/signer.ts';
import { type Account, createAccounts } from './accounts.ts';

export interface User {
  pubkey: string;
  signer: Signer;
}

const signerPatience = 60_000;
const extensionPatience = 3_000;

export type Session = ReturnType<typeof createSession>;

interface Parts {
  api: Api;
  tab: Box;
  device: Box;
  connect: (url: string) => Link; // to the relay of a remote signer
}

// The user of this tab, and what is needed to sign requests to the server: its public address and its clock.
export function createSession({ api, tab, device, connect }: Parts) {
  const user = signal<User | null>(null);
  const authUrl = signal(''); // URL of a page on which the user must allow a remote signer to answer, '' for none
  const accounts = createAccounts(device);
  let config: Config | null = null;
  let clockOffset = 0; // ms, server minus device
  let turn: Promise<unknown> = Promise.resolve(); // some extensions break on parallel requests
  // resolves once the extension is available after a reload, or after the timeout
  let extensionReady: Promise<void> = Promise.resolve();
  let cookie: 'unasked' | 'asked' | 'refused' = 'unasked'; // whether this page requested a session cookie

  // restore logs the user of this tab in again after a reload.
  async function restore(): Promise<void> {
    const secret = tab.read('key');
    if (secret && /^[0-9a-f]{64}$/.test(secret)) await useLocal(secret);
    const pubkey = tab.read('extension');
    if (pubkey) extensionReady = awaitExtension(pubkey);
    const bunker = accounts.bunkerOf(tab.read('bunker') ?? '');
    if (bunker) user.value = { pubkey: bunker.pubkey, signer: await remote(bunker.bunker) };
  }

  // awaitExtension logs in again by an extension, which may load after this page. It is not asked for the key, so that
  // a reload causes no prompt.
  async function awaitExtension(pubkey: string): Promise<void> {
    for (const began = Date.now(); Date.now() - began < extensionPatience; await sleep(100)) {
      if (user.peek() || tab.read('extension') !== pubkey) return; // the user logged in another way
      const signer = extension();
      if (signer) user.value = { pubkey, signer };
    }
  }

  async function remote(bunker: Bunker) {
    const { bunkerSigner } = await import('../../nostr/bunker.ts');
    return bunkerSigner(bunker, connect(bunker.relay), (url) => {
      authUrl.value = url;
    });
  }

  async function useLocal(secret: string): Promise<User> {
    const { localSigner } = await import('../../nostr/local.ts');
    const signer = localSigner(secret);
    become({ pubkey: await signer.publicKey(), signer });
    return user.value as User;
  }

  // become changes the user, and forgets the session of the previous one.
  function become(next: User): void {
    closeSigner();
    cookie = 'unasked';
    turn = Promise.resolve();
    user.value = next;
  }

  function closeSigner(): void {
    const signer = user.peek()?.signer;
    if (signer && 'close' in signer && typeof signer.close === 'function') signer.close();
  }

  // keepInTab remembers how the user of this tab logged in, and forgets any other login.
  function keepInTab(name: 'key' | 'extension' | 'bunker', value: string): void {
    for (const other of ['key', 'extension', 'bunker']) tab.remove(other);
    tab.write(name, value);
  }

  async function freshKey(): Promise<Result<User>> {
    const local = await import('../../nostr/local.ts').catch(() => null); // a part of the app that could not be loaded
    if (!local) return refused(noAnswer());
    const done = await useSecret(local.newSecret());
    if (done.ok) tab.write('made', done.value.pubkey);
    return done;
  }

  // useSecret logs in with a private key, for this tab only.
  async function useSecret(secret: string): Promise<Result<User>> {
    keepInTab('key', secret);
    return ok(await useLocal(secret));
  }

  // useExtension logs in by the extension of this browser, unless over aborts before the user allows it.
  async function useExtension(over?: AbortSignal): Promise<Result<User>> {
    const signer = extension();
    if (!signer) return refused(failure('signer_gone'));
    try {
      const pubkey = await inTime(signer.publicKey(), over);
      become({ pubkey, signer });
      keepInTab('extension', pubkey);
      accounts.put({ pubkey, kind: 'extension' });
      return ok({ pubkey, signer });
    } catch (err) {
      return refused(signerFailure(err));
    }
  }

  // useBunker logs in by a remote signer. greet sends a connect request first, which bunker addresses need (NIP-46).
  async function useBunker(bunker: Bunker, greet: boolean, over?: AbortSignal): Promise<Result<User>> {
    const signer = await remote(bunker);
    try {
      if (greet) await inTime(signer.connect(), over);
      const pubkey = await inTime(signer.publicKey(), over);
      become({ pubkey, signer });
      keepInTab('bunker', pubkey);
      accounts.put({ pubkey, kind: 'bunker', bunker: { ...bunker, secret: '' } });
      return ok({ pubkey, signer });
    } catch (err) {
      signer.close();
      return refused(signerFailure(err));
    } finally {
      authUrl.value = '';
    }
  }

  // secret returns the private key of this tab, if it has one, so that the user can back it up.
  const secret = (): string | null => (user.peek()?.signer.kind === 'local' ? tab.read('key') : null);

  // madeHere reports whether the user's key was created in this tab: no relay has lists of it yet.
  const madeHere = (): boolean => user.peek() !== null && tab.read('made') === user.peek()?.pubkey;

  // isOnlyHere reports whether the key was created in this tab and never backed up. Losing it loses the account.
  const isOnlyHere = (): boolean =>
    secret() !== null &&
    madeHere() &&
    tab.read('saved') !== user.peek()?.pubkey &&
    !accounts.list.peek().some(({ kind, pubkey }) => kind === 'locked' && pubkey === user.peek()?.pubkey);

  // saved remembers that the user confirmed a backup of this tab's key.
  const saved = (): void => tab.write('saved', user.peek()?.pubkey ?? '');

  // keepLocked stores this tab's key on the device, encrypted with a passphrase.
  async function keepLocked(passphrase: string): Promise<void> {
    const mine = secret();
    const pubkey = user.peek()?.pubkey;
    if (!mine || !pubkey) return;
    const { locked } = await import('../../nostr/local.ts');
    accounts.put({ pubkey, kind: 'locked', ncryptsec: locked(mine, passphrase) });
  }

  async function useLocked(ncryptsec: string, passphrase: string): Promise<Result<User>> {
    const { unlocked } = await import('../../nostr/local.ts');
    const opened = unlocked(ncryptsec, passphrase);
    if (!opened) return refused(failure('wrong_passphrase'));
    return useSecret(opened);
  }

  // switchTo logs in with an account of this device. A locked key needs its passphrase.
  async function switchTo(account: Account, passphrase = '', over?: AbortSignal): Promise<Result<User>> {
    switch (account.kind) {
      case 'extension':
        return useExtension(over);
      case 'bunker':
        return useBunker(account.bunker, false, over);
      case 'locked':
        return useLocked(account.ncryptsec, passphrase);
    }
  }

  // ensure returns the user, and logs one in if there is none: by the extension if the browser has one, else with a new
  // key. A user of an extension that is missing now gets no new key.
  async function ensure(): Promise<Result<User>> {
    await extensionReady;
    if (user.value) return ok(user.value);
    return extension() || tab.read('extension') ? useExtension() : freshKey();
  }

  function forget(): void {
    for (const name of ['key', 'extension', 'bunker']) tab.remove(name);
    if (user.peek()?.signer.kind !== 'local') {
      device.remove('session');
      void api.endSession();
    }
    closeSigner();
    user.value = null;
    cookie = 'unasked';
    turn = Promise.resolve();
  }

  async function server(): Promise<Result<Config>> {
    if (config) return ok(config);
    const answer = await api.config();
    if (!answer.ok) return answer;
    config = {
      ...answer.value,
      public_urls: answer.value.public_urls?.length ? answer.value.public_urls : [location.origin],
      endpoints: answer.value.endpoints ?? [],
    };
    if (typeof config.server_time === 'number') clockOffset = config.server_time - Date.now();
    return ok(config);
  }

  const now = () => Date.now() + clockOffset;

  // sign asks the signer of the current user for a signature, even if the user changes meanwhile. Some signers use the
  // key that is selected in them at the moment; an event signed by another key is refused.
  async function sign(template: EventTemplate): Promise<Result<NostrEvent>> {
    const signedBy = user.value;
    if (!signedBy) return refused(failure('signer_missing'));
    const mine = turn.then(() => inTime(signedBy.signer.sign(template)));
    turn = mine.catch(() => undefined);
    try {
      const event = await mine;
      return event.pubkey === signedBy.pubkey ? ok(event) : refused(failure('signer_changed'));
    } catch (err) {
      return refused(signerFailure(err));
    }
  }

  const perCall: Authorize = async (method, path, body) => {
    const answer = await server();
    if (!answer.ok) return answer;
    const url = `${answer.value.public_urls[0]}${path}`;
    const event = await sign(await request({ url, method, body, now: now() }));
    return event.ok ? ok({ Authorization: header(event.value) }) : event;
  };

  // openCookie asks the signer once for the signature of a session, however many calls wait for it. It returns the
  // failure if the signer is silent or refuses, because authUrl again for each call would end the same.
  let opening: Promise<Failure | null> | null = null;
  function openCookie(): Promise<Failure | null> {
    opening ??= askCookie().finally(() => {
      opening = null;
    });
    return opening;
  }

  async function askCookie(): Promise<Failure | null> {
    cookie = 'asked';
    const answer = await api.session(perCall);
    if (!answer.ok && answer.failure.code.startsWith('signer_')) return answer.failure;
    if (answer.ok && answer.value?.pubkey === user.peek()?.pubkey) device.write('session', answer.value?.pubkey ?? '');
    else cookie = 'refused';
    return null;
  }

  // The cookie is shared by all tabs and outlives the page, so the device remembers whose it is.
  const hasCookie = (): boolean => device.read('session') === user.peek()?.pubkey;

  // authorize signs each call if the key is local, which is cheap. Any other signer is asked once for a session cookie,
  // because it may prompt the user at every signature. (A cookie is shared by all tabs, a local key belongs to one: it
  // never gets a cookie.)
  const authorize: Authorize = async (method, path, body, lapsed = false) => {
    if (lapsed) device.remove('session');
    if (lapsed && cookie === 'asked') cookie = 'refused'; // it was requested by this page, and did not work
    const kind = user.value?.signer.kind;
    if (kind === undefined || kind === 'local' || cookie === 'refused') return perCall(method, path, body);
    const unsigned = hasCookie() ? null : await openCookie();
    if (unsigned) return refused(unsigned);
    return hasCookie() ? ok({}) : perCall(method, path, body);
  };

  // begin requests the session cookie at login, while the user is using the signer anyway.
  async function begin(): Promise<void> {
    const kind = user.peek()?.signer.kind;
    if (kind !== undefined && kind !== 'local' && !hasCookie()) await openCookie();
  }

  return {
    user,
    authUrl,
    begin,
    accounts,
    restore,
    ensure,
    freshKey,
    useSecret,
    useExtension,
    useBunker,
    useLocked,
    keepLocked,
    switchTo,
    secret,
    madeHere,
    isOnlyHere,
    saved,
    forget,
    server,
    sign,
    authorize,
    now,
  };
}

class Silent extends Error {}

function inTime<T>(promise: Promise<T>, over?: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const giveUp = () => fail(new Silent());
    if (over?.aborted) giveUp();
    over?.addEventListener('abort', giveUp);
    const timer = setTimeout(giveUp, signerPatience);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}

const signerFailure = (err: unknown): Failure => failure(err instanceof Silent ? 'signer_silent' : 'signer_refused');
