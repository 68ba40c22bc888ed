import type { EventTemplate, NostrEvent } from 'nostr-tools/core';

export type { EventTemplate, NostrEvent };

// Whoever can sign for the user. Secrets never leave the implementation.
export interface Signer {
  readonly kind: 'extension' | 'local' | 'bunker';
  publicKey(): Promise<string>;
  sign(template: EventTemplate): Promise<NostrEvent>;
}

interface WindowNostr {
  getPublicKey(): Promise<string>;
  signEvent(template: EventTemplate): Promise<NostrEvent>;
}

// extension is the NIP-07 provider of this page, if there is one.
export function extension(): Signer | null {
  const nostr = (globalThis as { nostr?: WindowNostr }).nostr;
  if (!nostr) return null;
  return { kind: 'extension', publicKey: () => nostr.getPublicKey(), sign: (template) => nostr.signEvent(template) };
}
