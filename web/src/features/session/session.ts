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
  connect: (url: string) => Link; // to a relay of a remote signer
}

// Who the user is in this tab, and what is needed to sign for the server: its public address and its clock.
export function createSession({ api, tab, device, connect }: Parts) {
  const user = signal<User | null>(null);
  const asking = signal(''); // a page on which the user of a remote signer has to allow something
  const accounts = createAccounts(device);
  let config: Config | null = null;
  let clockOffset = 0; // server minus ours, ms
  let turn: Promise<unknown> = Promise.resolve(); // some extensions break on parallel requests
  let returning: Promise<void> = Promise.resolve(); // an extension, after a reload
  let cookie: 'unasked' | 'asked' | 'refused' = 'unasked'; // whether this page asked for a session

  // restore brings back the key of this tab after a reload.
  async function restore(): Promise<void> {
    const secret = tab.read('key');
    if (secret && /^[0-9a-f]{64}$/.test(secret)) await useLocal(secret);
    const pubkey = tab.read('extension');
    if (pubkey) returning = awaitExtension(pubkey);
    const bunker = accounts.bunkerOf(tab.read('bunker') ?? '');
    if (bunker) user.value = { pubkey: bunker.pubkey, signer: await remote(bunker.bunker) };
  }

  // awaitExtension makes a user of who had logged in by an extension: it may come to the page after us. It was asked
  // before: no prompt at a reload.
  async function awaitExtension(pubkey: string): Promise<void> {
    for (const began = Date.now(); Date.now() - began < extensionPatience; await sleep(100)) {
      if (user.peek() || tab.read('extension') !== pubkey) return; // he has logged in otherwise
      const signer = extension();
      if (signer) user.value = { pubkey, signer };
    }
  }

  async function remote(bunker: Bunker) {
    const { bunkerSigner } = await import('../../nostr/bunker.ts');
    return bunkerSigner(bunker, connect(bunker.relay), (url) => {
      asking.value = url;
    });
  }

  async function useLocal(secret: string): Promise<User> {
    const { localSigner } = await import('../../nostr/local.ts');
    const signer = localSigner(secret);
    become({ pubkey: await signer.publicKey(), signer });
    return user.value as User;
  }

  // become changes who the user is; what belonged to the one before is forgotten.
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

  // keepInTab remembers one key for this tab, and only one.
  function keepInTab(name: 'key' | 'extension' | 'bunker', value: string): void {
    for (const other of ['key', 'extension', 'bunker']) tab.remove(other);
    tab.write(name, value);
  }

  async function freshKey(): Promise<Result<User>> {
    const local = await import('../../nostr/local.ts').catch(() => null); // a part of the app that the network keeps
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

  // useExtension logs in by the extension of this browser, unless it is over before its user allows it.
  async function useExtension(over?: AbortSignal): Promise<Result<User>> {
    const signer = extension();
    if (!signer) return refused(failure('signer_gone'));
    try {
      const pubkey = await patient(signer.publicKey(), over);
      become({ pubkey, signer });
      keepInTab('extension', pubkey);
      accounts.put({ pubkey, kind: 'extension' });
      return ok({ pubkey, signer });
    } catch (err) {
      return refused(signerFailure(err));
    }
  }

  // useBunker logs in by a remote signer. greet is for addresses that the signer made: it is told who comes.
  async function useBunker(bunker: Bunker, greet: boolean, over?: AbortSignal): Promise<Result<User>> {
    const signer = await remote(bunker);
    try {
      if (greet) await patient(signer.connect(), over);
      const pubkey = await patient(signer.publicKey(), over);
      become({ pubkey, signer });
      keepInTab('bunker', pubkey);
      accounts.put({ pubkey, kind: 'bunker', bunker: { ...bunker, secret: '' } });
      return ok({ pubkey, signer });
    } catch (err) {
      signer.close();
      return refused(signerFailure(err));
    } finally {
      asking.value = '';
    }
  }

  // secret is the private key of this tab, when it has one: to be kept by its owner.
  const secret = (): string | null => (user.peek()?.signer.kind === 'local' ? tab.read('key') : null);

  // madeHere is true for a key that began its life in this tab: nobody has any list of it yet.
  const madeHere = (): boolean => user.peek() !== null && tab.read('made') === user.peek()?.pubkey;

  // isOnlyHere is true for a key made in this tab that nobody has kept: without it the account is lost for good.
  const isOnlyHere = (): boolean =>
    secret() !== null &&
    madeHere() &&
    tab.read('saved') !== user.peek()?.pubkey &&
    !accounts.list.peek().some(({ kind, pubkey }) => kind === 'locked' && pubkey === user.peek()?.pubkey);

  // saved remembers that the owner of this tab's key says he has it elsewhere.
  const saved = (): void => tab.write('saved', user.peek()?.pubkey ?? '');

  // keepLocked keeps this tab's key on the device, under a passphrase.
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

  // switchTo logs in with an account of this device; a locked key needs its passphrase.
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

  // ensure is the user, asked for on the first click that needs one: the extension when there is one, else a key for
  // this tab. Who had logged in by an extension that is away is not made a stranger.
  async function ensure(): Promise<Result<User>> {
    await returning;
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

  // sign has the event signed by who is the user now, also when he is another one by then. Some signers go by the key
  // that is chosen in them at the moment: what that one signs would be said by somebody else.
  async function sign(template: EventTemplate): Promise<Result<NostrEvent>> {
    const who = user.value;
    if (!who) return refused(failure('signer_missing'));
    const mine = turn.then(() => patient(who.signer.sign(template)));
    turn = mine.catch(() => undefined);
    try {
      const event = await mine;
      return event.pubkey === who.pubkey ? ok(event) : refused(failure('signer_changed'));
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

  // openCookie asks a signer for the one signature of a session, once however many calls wait for it. It is the failure
  // when the signer is silent or refuses: it would only be asked the same again.
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

  // The cookie is the device's and outlives the page: whose it is stands beside it, for all tabs.
  const hasCookie = (): boolean => device.read('session') === user.peek()?.pubkey;

  // authorize signs each call with a local key, which costs nothing. Any other signer is asked once for a session,
  // because it may ask its user at every signature. (A session cookie is shared by all tabs, keys of a tab are not:
  // hence never for those.)
  const authorize: Authorize = async (method, path, body, lapsed = false) => {
    if (lapsed) device.remove('session');
    if (lapsed && cookie === 'asked') cookie = 'refused'; // asked for here, and it did not help
    const kind = user.value?.signer.kind;
    if (kind === undefined || kind === 'local' || cookie === 'refused') return perCall(method, path, body);
    const unsigned = hasCookie() ? null : await openCookie();
    if (unsigned) return refused(unsigned);
    return hasCookie() ? ok({}) : perCall(method, path, body);
  };

  // begin opens the session while the signer's user is at it anyway.
  async function begin(): Promise<void> {
    const kind = user.peek()?.signer.kind;
    if (kind !== undefined && kind !== 'local' && !hasCookie()) await openCookie();
  }

  return {
    user,
    asking,
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

function patient<T>(promise: Promise<T>, over?: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const giveUp = () => fail(new Silent());
    if (over?.aborted) giveUp();
    over?.addEventListener('abort', giveUp);
    const timer = setTimeout(giveUp, signerPatience);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}

const signerFailure = (err: unknown): Failure => failure(err instanceof Silent ? 'signer_silent' : 'signer_refused');
