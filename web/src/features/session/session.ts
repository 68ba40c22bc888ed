import { signal } from '@preact/signals';
import type { Api, Authorize, Config } from '../../lib/api.ts';
import { type Failure, failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { Box } from '../../lib/storage.ts';
import { header, request } from '../../nostr/nip98.ts';
import { type EventTemplate, extension, type NostrEvent, type Signer } from '../../nostr/signer.ts';

export interface User {
  pubkey: string;
  signer: Signer;
}

const signerPatience = 60_000;

export type Session = ReturnType<typeof createSession>;

// Who the user is in this tab, and what is needed to sign for the server: its public address and its clock.
export function createSession(api: Api, tab: Box) {
  const user = signal<User | null>(null);
  let config: Config | null = null;
  let clockOffset = 0; // server minus ours, ms
  let turn: Promise<unknown> = Promise.resolve(); // some extensions break on parallel requests
  let cookie: 'untried' | 'works' | 'refused' = 'untried';

  // restore brings back the key of this tab after a reload.
  async function restore(): Promise<void> {
    const secret = tab.read('key');
    if (secret && /^[0-9a-f]{64}$/.test(secret)) await useLocal(secret);
    const [pubkey, signer] = [tab.read('extension'), extension()];
    if (pubkey && signer) user.value = { pubkey, signer }; // it was asked before: no prompt at a reload
  }

  async function useLocal(secret: string): Promise<User> {
    const { localSigner } = await import('../../nostr/local.ts');
    const signer = localSigner(secret);
    user.value = { pubkey: await signer.publicKey(), signer };
    return user.value;
  }

  async function freshKey(): Promise<Result<User>> {
    const { newSecret } = await import('../../nostr/local.ts');
    const secret = newSecret();
    tab.write('key', secret);
    return ok(await useLocal(secret));
  }

  async function useExtension(): Promise<Result<User>> {
    const signer = extension();
    if (!signer) return freshKey();
    try {
      user.value = { pubkey: await patient(signer.publicKey()), signer };
      tab.write('extension', user.value.pubkey);
      return ok(user.value);
    } catch (err) {
      return refused(signerFailure(err));
    }
  }

  // ensure is the user, asked for on the first click that needs one: the extension when there is one, else a key for this tab.
  async function ensure(): Promise<Result<User>> {
    if (user.value) return ok(user.value);
    return extension() ? useExtension() : freshKey();
  }

  function forget(): void {
    tab.remove('key');
    tab.remove('extension');
    user.value = null;
    cookie = 'untried';
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

  async function sign(template: EventTemplate): Promise<Result<NostrEvent>> {
    const signer = user.value?.signer;
    if (!signer) return refused(failure('signer_refused', 'There is no key to sign with.', 'Join with a key first.'));
    const mine = turn.then(() => patient(signer.sign(template)));
    turn = mine.catch(() => undefined);
    try {
      return ok(await mine);
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

  // authorize signs each call with a local key, which costs nothing. An extension is asked once for a session, because it may ask
  // its user at every signature. (A session cookie is shared by all tabs, keys of a tab are not: hence never for those.)
  const authorize: Authorize = async (method, path, body, lapsed = false) => {
    if (lapsed) cookie = 'refused';
    if (user.value?.signer.kind !== 'extension' || cookie === 'refused') return perCall(method, path, body);
    if (cookie === 'untried') {
      const answer = await api.session(perCall);
      cookie = answer.ok && answer.value?.pubkey === user.value.pubkey ? 'works' : 'refused';
    }
    return cookie === 'works' ? ok({}) : perCall(method, path, body);
  };

  return { user, restore, ensure, forget, server, sign, authorize, now };
}

class Silent extends Error {}

function patient<T>(promise: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Silent()), signerPatience);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}

function signerFailure(err: unknown): Failure {
  return err instanceof Silent
    ? failure('signer_silent', 'Your signer did not answer.', 'Open it and try again, or join as a guest.')
    : failure('signer_refused', 'Your signer did not sign.', 'Allow the signature and try again, or join as a guest.');
}
