import { nprofileEncode, npubEncode } from 'nostr-tools/nip19';
import { expect, it } from 'vitest';
import { cleanName, pieces } from '../../src/nostr/content.ts';
import { friendlyName } from '../../src/nostr/friendly.ts';
import { profileIn } from '../../src/nostr/profiles.ts';
import { host } from './kit.ts';

const text = (value: string) => ({ is: 'text', text: value });
const link = (href: string, shown = href.replace('https://', '')) => ({ is: 'link', href, text: shown });

it('finds https links and mentions, and nothing else', () => {
  expect(pieces('see https://example.org/a?b=1#c, please.')).toEqual([
    text('see '),
    link('https://example.org/a?b=1#c'),
    text(', please.'),
  ]);
  expect(pieces('(https://en.example.org/wiki/Bird_(film)).')).toEqual([
    text('('),
    link('https://en.example.org/wiki/Bird_(film)'),
    text(').'),
  ]);
  expect(pieces('https://example.org')).toEqual([link('https://example.org/', 'example.org')]);
  for (const word of [npubEncode(host), nprofileEncode({ pubkey: host, relays: [] })]) {
    expect(pieces(`hi nostr:${word}!`)).toEqual([text('hi '), { is: 'mention', pubkey: host }, text('!')]);
  }
});

it.each([
  'javascript:alert(1)',
  'http://example.org',
  'data:text/html,<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<a href="https://',
  'https://user:secret@example.org/',
  'https://localhost/',
  'https://%',
  'nostr:npub1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq',
  'x'.repeat(10_000),
  '',
])('leaves %s the text it is', (hostile) => {
  const out = pieces(hostile);
  expect(out.every(({ is }) => is === 'text')).toBe(true);
  expect(out.map((piece) => (piece.is === 'text' ? piece.text : '')).join('')).toBe(hostile);
});

it('shows the real address of a link, without direction marks', () => {
  // a Cyrillic а
  expect(pieces('https://exаmple.org/')).toEqual([link('https://xn--exmple-4nf.org/', 'xn--exmple-4nf.org')]);
  expect(pieces('https://example.org/\u202egpj.exe')).toEqual([
    link('https://example.org/', 'example.org'),
    text('\u202egpj.exe'),
  ]);
  const found = pieces('https://example.org/"><script>alert(1)</script>');
  expect(found[0]).toEqual(link('https://example.org/', 'example.org'));
  expect(found.filter(({ is }) => is === 'link')).toHaveLength(1);
});

it('cuts long names, and removes direction marks and zero-width characters', () => {
  expect(cleanName('Ada')).toBe('Ada');
  expect(cleanName('  two\nlines\u0000 ')).toBe('two lines');
  expect(cleanName('\u202eevil\u2066\u200b')).toBe('evil');
  expect([...cleanName('🐦'.repeat(5_000))]).toHaveLength(41);
  for (const none of ['', '\u200b\u200f', 7, null, undefined, {}]) expect(cleanName(none)).toBe('');
});

it('reads a name from any profile content', () => {
  const nameIn = (content: string) => profileIn(content, host).name;
  expect(nameIn('{"name":"ada","display_name":"Ada"}')).toBe('Ada');
  expect(nameIn('{"name":"ada","display_name":"\u200b"}')).toBe('ada');
  for (const none of ['', 'null', '[]', '{"name":{}}', '{', '7']) expect(nameIn(none)).toBe(friendlyName(host));
  expect(friendlyName(host)).toMatch(/^[A-Z]\w+ [A-Z]\w+$/);
  const pictureIn = (picture: unknown) => profileIn(JSON.stringify({ picture }), host).picture;
  expect(pictureIn('https://a.example/p.png')).toBe('https://a.example/p.png');
  for (const none of ['http://a.example/p.png', 'javascript:alert(1)', 'data:image/svg+xml,x', 'https://u:p@a/', 7]) {
    expect(pictureIn(none)).toBe('');
  }
});
