import { decode } from 'nostr-tools/nip19';

// A piece of a text that another user wrote. Only link becomes an element that can be followed.
export type Piece =
  | { is: 'text'; text: string }
  | { is: 'link'; href: string; text: string }
  | { is: 'mention'; pubkey: string };

// Direction marks and zero-width characters: they could disguise an address or a name.
const unseen = '\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff';
const found = new RegExp(
  `https://[^\\s<>"'\`${unseen}]+|(?:nostr:|@)(?:npub1|nprofile1)[a-z0-9]{20,1000}(?![a-z0-9])`,
  'gi',
);

// pieces splits a text into https links, mentions of people, and plain text. Anything else, such as javascript: or
// HTML, stays plain text.
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(found)) {
    const raw = match[0].startsWith('http') || match[0].startsWith('HTTP') ? withoutTail(match[0]) : match[0];
    const piece = /^https:/i.test(raw) ? linkOf(raw) : mentionOf(raw);
    if (!piece) continue;
    if (match.index > at) out.push({ is: 'text', text: text.slice(at, match.index) });
    out.push(piece);
    at = match.index + raw.length;
  }
  if (at < text.length) out.push({ is: 'text', text: text.slice(at) });
  return out;
}

// Punctuation after an address belongs to the sentence, and so does a closing bracket without an opening one.
function withoutTail(url: string): string {
  let out = url.replace(/[.,;:!?…]+$/, '');
  while (out.endsWith(')') && out.split('(').length < out.split(')').length) out = out.slice(0, -1);
  return out.replace(/[.,;:!?…]+$/, '');
}

// The shown text is the real address: international domain names appear in ASCII form, and user names in addresses,
// which can disguise the host, are refused.
function linkOf(raw: string): Piece | null {
  try {
    const url = new URL(raw);
    if (url.protocol !== 'https:' || url.username !== '' || url.password !== '' || !url.hostname.includes('.'))
      return null;
    return { is: 'link', href: url.href, text: url.href.replace(/^https:\/\//, '').replace(/^([^/?#]+)\/$/, '$1') };
  } catch {
    return null;
  }
}

function mentionOf(raw: string): Piece | null {
  try {
    const { type, data } = decode(raw.toLowerCase().replace(/^(nostr:|@)/, ''));
    if (type === 'npub') return { is: 'mention', pubkey: data };
    return type === 'nprofile' ? { is: 'mention', pubkey: data.pubkey } : null;
  } catch {
    return null;
  }
}

const nameMax = 40;
const notInNames = new RegExp(`[\\u0000-\\u001f\\u007f-\\u009f${unseen}]+`, 'gu');

// cleanName returns a name that can be shown beside others.
export const cleanName = (name: unknown): string => cleanLine(name, nameMax);

// cleanLine returns one line of a user's text, without direction marks and at most most characters long; '' if nothing
// is left.
export function cleanLine(text: unknown, most: number): string {
  if (typeof text !== 'string') return '';
  const clean = text.slice(0, 1_000).replace(notInNames, ' ').replace(/\s+/g, ' ').trim();
  const letters = [...clean];
  return letters.length > most ? `${letters.slice(0, most).join('').trim()}…` : clean;
}
