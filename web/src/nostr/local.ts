import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';
import { bytesToHex, hexToBytes } from 'nostr-tools/utils';
import type { Signer } from './signer.ts';

// A key held by this page. Loaded on use: the elliptic curve is the heaviest part of the lobby otherwise.
export const newSecret = (): string => bytesToHex(generateSecretKey());

export function localSigner(secret: string): Signer {
  const key = hexToBytes(secret);
  return {
    kind: 'local',
    publicKey: async () => getPublicKey(key),
    sign: async (template) => finalizeEvent(template, key),
  };
}
