import type { BrowserContext, Page } from '@playwright/test';
import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44';
import { finalizeEvent, getPublicKey, type NostrEvent } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { newSecret } from './sign.ts';

// A remote signer (NIP-46) with a key of its own, over the server's relay by a socket in a page of its own.
export class RemoteSigner {
  readonly secret = newSecret();
  readonly pubkey = getPublicKey(hexToBytes(this.secret));
  readonly asked: string[] = []; // methods, and the kinds that were signed
  silent = false;
  #page: Page | null = null;

  async start(context: BrowserContext, url: string): Promise<void> {
    this.#page = await context.newPage();
    await this.#page.goto(`${url}/icon.svg`);
    await this.#page.exposeFunction('answer', (event: NostrEvent) => this.#answer(event));
    await this.#page.evaluate(async (pubkey) => {
      const page = globalThis as unknown as { answer(event: unknown): Promise<unknown>; say(event: unknown): void };
      const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/relay`);
      await new Promise((done) => socket.addEventListener('open', done));
      page.say = (event) => socket.send(JSON.stringify(['EVENT', event]));
      socket.addEventListener('message', async ({ data }) => {
        const [verb, , event] = JSON.parse(data);
        if (verb !== 'EVENT') return;
        const answer = await page.answer(event);
        if (answer) page.say(answer);
      });
      socket.send(JSON.stringify(['REQ', 's', { kinds: [24133], '#p': [pubkey], limit: 0 }]));
      await new Promise((done) => socket.addEventListener('message', done, { once: true }));
    }, this.pubkey);
  }

  address(relay: string): string {
    return `bunker://${this.pubkey}?${new URLSearchParams({ relay, secret: 'open sesame' })}`;
  }

  // take answers a nostrconnect address as an app does that scanned it.
  async take(uri: string): Promise<void> {
    const { host, searchParams } = new URL(uri);
    const id = String(Math.random());
    const event = this.#sealed(host, { id, result: searchParams.get('secret') ?? '' });
    await this.#page?.evaluate((e) => (globalThis as unknown as { say(event: unknown): void }).say(e), event);
  }

  #answer(event: NostrEvent): NostrEvent | null {
    const key = getConversationKey(hexToBytes(this.secret), event.pubkey);
    const { id, method, params } = JSON.parse(decrypt(event.content, key)) as {
      id: string;
      method: string;
      params: string[];
    };
    const result = this.#do(method, params);
    return result === null || this.silent ? null : this.#sealed(event.pubkey, { id, result });
  }

  #do(method: string, params: string[]): string | null {
    if (method !== 'sign_event') this.asked.push(method);
    switch (method) {
      case 'connect':
        return params[1] === 'open sesame' ? 'ack' : null;
      case 'get_public_key':
        return this.pubkey;
      case 'sign_event': {
        const template = JSON.parse(params[0] ?? '{}');
        this.asked.push(String(template.kind));
        return JSON.stringify(finalizeEvent(template, hexToBytes(this.secret)));
      }
      default:
        return null;
    }
  }

  #sealed(to: string, answer: { id: string; result: string }): NostrEvent {
    const key = getConversationKey(hexToBytes(this.secret), to);
    const content = encrypt(JSON.stringify(answer), key);
    const created_at = Math.floor(Date.now() / 1000);
    return finalizeEvent({ kind: 24133, created_at, content, tags: [['p', to]] }, hexToBytes(this.secret));
  }
}
