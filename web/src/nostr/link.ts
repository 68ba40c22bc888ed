import { decode, naddrEncode, npubEncode } from 'nostr-tools/nip19';
import { kinds } from './kinds.ts';

export interface Address {
  id: string; // the nest's id
  host?: string; // known from an naddr
  relays?: string[]; // relay hints of the naddr
}

// addressOf reads the bech32 address of a nest, and returns null for anything else. Old links point to a stream.
export function addressOf(bech32: string): Address | null {
  try {
    const { type, data } = decode(bech32.toLowerCase());
    if (type !== 'naddr' || (data.kind !== kinds.space && data.kind !== kinds.stream)) return null;
    return {
      id: data.identifier,
      host: data.pubkey,
      relays: (data.relays ?? []).filter((url) => /^wss?:\/\//.test(url)),
    };
  } catch {
    return null;
  }
}

// A Coordinate is the full address of a replaceable event, as an a tag names it (NIP-01).
export interface Coordinate {
  kind: number;
  pubkey: string;
  d: string;
}

// coordinateOf reads the value of an a tag in both forms that clients write: kind:pubkey:d, and naddr with or without
// nostr:.
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

// spaceCoordinate is the value of an a tag that names a nest's space.
export const spaceCoordinate = (host: string, id: string): string => `${kinds.space}:${host}:${id}`;

export const naddr = (pubkey: string, d: string, relays: string[]): string =>
  naddrEncode({ kind: kinds.space, pubkey, identifier: d, relays });

export const npub = (pubkey: string): string => npubEncode(pubkey);

// parsePubkey reads a key that a user pasted: npub, nprofile, with or without nostr:, or hex.
export function parsePubkey(text: string): string | null {
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
