import { decode, npubEncode } from 'nostr-tools/nip19';

export interface Address {
  id: string; // the nest's id
  host?: string; // known from an naddr
}

// addressOf reads the bech32 address of a nest; null for anything else. 30311 is where old links point.
export function addressOf(bech32: string): Address | null {
  try {
    const { type, data } = decode(bech32.toLowerCase());
    if (type !== 'naddr' || (data.kind !== 30312 && data.kind !== 30311)) return null;
    return { id: data.identifier, host: data.pubkey };
  } catch {
    return null;
  }
}

export const npub = (pubkey: string): string => npubEncode(pubkey);

// shortName is how a key is shown while no profile is known.
export function shortName(pubkey: string): string {
  const npub = npubEncode(pubkey);
  return `${npub.slice(0, 9)}…${npub.slice(-4)}`;
}
