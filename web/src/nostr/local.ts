import { decode, nsecEncode } from 'nostr-tools/nip19';
import { encrypt as lock, decrypt as unlock } from 'nostr-tools/nip49';
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';
import { bytesToHex, hexToBytes } from 'nostr-tools/utils';
import type { Signer } from './signer.ts';

// Keys held by this page. Loaded on use, because the elliptic curve would be the heaviest part of the lobby.
export const newSecret = (): string => bytesToHex(generateSecretKey());

// localSigner signs with a key held by this page.
export function localSigner(secret: string): Signer {
  const key = hexToBytes(secret);
  return {
    kind: 'local',
    publicKey: async () => getPublicKey(key),
    sign: async (template) => finalizeEvent(template, key),
  };
}

// secretOf reads a private key, nsec or hex, and returns null for anything else.
export function secretOf(text: string): string | null {
  const word = text.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(word)) return word;
  try {
    const { type, data } = decode(word);
    return type === 'nsec' ? bytesToHex(data) : null;
  } catch {
    return null;
  }
}

export const nsecOf = (secret: string): string => nsecEncode(hexToBytes(secret));

// locked encrypts a key with a passphrase (NIP-49). The derivation is slow by design: about half a second.
export const locked = (secret: string, passphrase: string): string => lock(hexToBytes(secret), passphrase);

// unlocked decrypts a key, and returns null if the passphrase is wrong.
export function unlocked(ncryptsec: string, passphrase: string): string | null {
  try {
    return bytesToHex(unlock(ncryptsec.trim(), passphrase));
  } catch {
    return null;
  }
}
