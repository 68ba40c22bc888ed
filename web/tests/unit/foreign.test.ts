import { describe, expect, it } from 'vitest';
import { readSpace } from '../../src/features/lobby/foreign.ts';
import { addressOf } from '../../src/nostr/link.ts';
import type { NostrEvent } from '../../src/nostr/signer.ts';
import { host, id } from './kit.ts';

const now = 1_750_000_000_000;
const s = now / 1000;
const there = 'https://nests.elsewhere.example';
const ours = ['https://nests.example', 'https://also.ours.example'];
const speaker = 'b'.repeat(64);

const event = (...tags: string[][]): NostrEvent => ({
  id: 'c'.repeat(64),
  pubkey: host,
  sig: '',
  kind: 30312,
  created_at: s - 60,
  content: '',
  tags: [['d', id], ...tags],
});

const read = (...tags: string[][]) => readSpace({ event: event(...tags), relay: 'wss://relay.example' }, ours, now);

describe('a space of another server', () => {
  it('is read in the dialect of NIP-53', () => {
    const nest = read(
      ['room', 'Morning coffee'],
      ['summary', 'With milk'],
      ['status', 'open'],
      ['service', `${there}/api/v1/nests`],
      ['p', host, '', 'Host'],
      ['p', speaker, '', 'Speaker'],
      ['t', '#Coffee'],
      ['image', 'https://spy.example/pixel.png'],
    );
    expect(nest).toMatchObject({ title: 'Morning coffee', summary: 'With milk', status: 'open', hashtags: ['coffee'] });
    expect(nest).toMatchObject({ host, speakers: [host, speaker], server: 'nests.elsewhere.example' });
    expect(nest?.image).toBeUndefined();
    const [origin, address] = [nest?.href.slice(0, there.length), nest?.href.slice(there.length + 1) ?? ''];
    expect(origin).toBe(there);
    expect(addressOf(address)).toMatchObject({ id, host });
  });

  it('is read in the older dialect', () => {
    const tags = [
      ['color', 'gradient-3'],
      ['service', there],
      ['streaming', 'wss+livekit://x:443'],
      ['title', 'Tea'],
    ];
    expect(read(...tags, ['status', 'live'])).toMatchObject({ title: 'Tea', status: 'open', color: 'gradient-3' });
    expect(read(...tags, ['status', 'planned'], ['starts', String(s + 3_600)])).toMatchObject({
      status: 'planned',
      starts_at: now + 3_600_000,
    });
    expect(read(...tags, ['status', 'ended'], ['ends', String(s - 60)])).toBeNull();
  });

  it('is read with people without roles and streaming by https', () => {
    const nest = read(
      ['title', 'MoQ'],
      ['status', 'live'],
      ['service', `${there}/moq/`],
      ['streaming', 'https://moq.example/anon'],
      ['auth', 'https://auth.example'],
      ['p', speaker],
      ['p'],
      [],
    );
    expect(nest).toMatchObject({ title: 'MoQ', speakers: [] });
    expect(nest?.href).toMatch(new RegExp(`^${there}/naddr1[0-9a-z]+$`));
  });

  it('is planned while its start lies ahead, whatever its status', () => {
    const at = (status: string, starts: string) =>
      read(['status', status], ['service', there], ['starts', starts])?.status;
    expect(at('open', String(s + 3_600))).toBe('planned');
    expect(at('open', String(s - 3_600))).toBe('open');
    expect(at('planned', String(s - 1))).toBeUndefined();
    expect(at('planned', '')).toBeUndefined();
    expect(at('planned', String((s + 3_600) * 1000))).toBeUndefined();
    expect(at('planned', '1e99')).toBeUndefined();
  });

  it.each(['private', 'closed', 'ended', '', 'OPEN!', 'constructor'])('is not shown with status “%s”', (status) => {
    expect(read(['room', 'x'], ['status', status], ['service', there])).toBeNull();
  });

  it.each([
    '',
    'nests.elsewhere.example',
    'http://nests.elsewhere.example',
    'http://127.0.0.1:5544',
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'https://user:secret@nests.elsewhere.example',
    'https://',
    'wss://nests.elsewhere.example',
    `https://x.example/${'a'.repeat(3_000)}`,
    ...ours,
    `${ours[0]}/`,
    `${ours[0]}/api/v1/nests`,
    `${ours[1]}/api/v1/nests/`,
    'https://NESTS.example:443/api/v1/nests//',
  ])('leads nowhere with the service “%s”', (service) => {
    expect(read(['room', 'x'], ['status', 'open'], ['service', service])).toBeNull();
  });

  it('may be plain on this machine when this server is', () => {
    const at = (service: string) =>
      readSpace({ event: event(['status', 'open'], ['service', service]), relay: '' }, ['http://127.0.0.1:5544'], now);
    expect(at('http://127.0.0.1:6000')?.href).toMatch(/^http:\/\/127\.0\.0\.1:6000\/naddr1/);
    expect(at('http://localhost:6000/')?.server).toBe('localhost:6000');
    expect(at('http://192.168.1.1')).toBeNull();
    expect(at('http://127.0.0.1.evil.example')).toBeNull();
  });

  it('has texts that are cut to fit', () => {
    const nest = read(
      ['room', `\u202e${'W'.repeat(9_000)}`],
      ['summary', `a\nb\u0000${'🪺'.repeat(900)}`],
      ['status', 'open'],
      ['service', `https://${'nests.example.'.repeat(10)}evil.example`],
      ...Array.from({ length: 500 }, (_, n) => ['t', `word ${n}`]),
      ...Array.from({ length: 500 }, () => ['p', speaker, '', 'speaker']),
    );
    expect(nest?.title).toBe(`${'W'.repeat(120)}…`);
    expect([...(nest?.summary ?? '')].length).toBeLessThanOrEqual(301);
    expect(nest?.hashtags).toHaveLength(10);
    expect(nest?.speakers).toHaveLength(50);
    expect(nest?.server).toMatch(/^….*\.evil\.example$/);
    expect(nest?.server.length).toBeLessThanOrEqual(49);
  });

  it('has an id that fits an address', () => {
    for (const d of ['', 'x'.repeat(129), '🪺'.repeat(40), 'a\u202eb', ' a']) {
      const one = { ...event(['status', 'open'], ['service', there]) };
      one.tags[0] = ['d', d];
      expect(readSpace({ event: one, relay: '' }, ours, now), d).toBeNull();
    }
  });
});
