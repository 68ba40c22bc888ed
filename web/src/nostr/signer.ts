import type { EventTemplate, NostrEvent } from 'nostr-tools/core';

export type { EventTemplate, NostrEvent };

// A Signer signs events with the user's key. The key never leaves the implementation.
export interface Signer {
  readonly kind: 'extension' | 'local' | 'bunker';
  publicKey(): Promise<string>;
  sign(template: EventTemplate): Promise<NostrEvent>;
}

interface WindowNostr {
  getPublicKey(): Promise<string>;
  signEvent(template: EventTemplate): Promise<NostrEvent>;
}

// extension returns the NIP-07 provider of this page, or null.
export function extension(): Signer | null {
  const nostr = (globalThis as { nostr?: WindowNostr }).nostr;
  if (!nostr) return null;
  return { kind: 'extension', publicKey: () => nostr.getPublicKey(), sign: (template) => nostr.signEvent(template) };
}
