import { decode, naddrEncode, npubEncode } from 'nostr-tools/nip19';

export interface Address {
  id: string; // the nest's id
  host?: string; // known from an naddr
  relays?: string[]; // where an naddr says its event is
}

// addressOf reads the bech32 address of a nest; null for anything else. 30311 is where old links point.
export function addressOf(bech32: string): Address | null {
  try {
    const { type, data } = decode(bech32.toLowerCase());
    if (type !== 'naddr' || (data.kind !== 30312 && data.kind !== 30311)) return null;
    return {
      id: data.identifier,
      host: data.pubkey,
      relays: (data.relays ?? []).filter((url) => /^wss?:\/\//.test(url)),
    };
  } catch {
    return null;
  }
}

// A place is a nest's address in full, as an a tag names it.
export interface Coordinate {
  kind: number;
  pubkey: string;
  d: string;
}

// coordinateOf reads an a tag in both spellings that clients write: kind:pubkey:d, and an naddr with or without nostr:.
export function coordinateOf(value: string): Coordinate | null {
  const bech32 = value.toLowerCase().replace(/^nostr:/, '');
  if (bech32.startsWith('naddr1')) {
    try {
      const { type, data } = decode(bech32);
      return type === 'naddr' ? { kind: data.kind, pubkey: data.pubkey, d: data.identifier } : null;
    } catch {
      return null;
    }
  }
  const [, kind, pubkey, d] = /^(\d{1,5}):([0-9a-f]{64}):(.*)$/s.exec(value) ?? [];
  return pubkey === undefined || d === undefined ? null : { kind: Number(kind), pubkey, d };
}

export const naddr = (pubkey: string, d: string, relays: string[]): string =>
  naddrEncode({ kind: 30312, pubkey, identifier: d, relays });

export const npub = (pubkey: string): string => npubEncode(pubkey);

// pubkeyOf reads a key as people pass it on: npub, nprofile, with or without nostr:, or hex.
export function pubkeyOf(text: string): string | null {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^nostr:/, '');
  if (/^[0-9a-f]{64}$/.test(word)) return word;
  try {
    const { type, data } = decode(word);
    if (type === 'npub') return data;
    return type === 'nprofile' ? data.pubkey : null;
  } catch {
    return null;
  }
}
