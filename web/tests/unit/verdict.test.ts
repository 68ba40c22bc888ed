import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { diagnose, type Parts, type Report, summary } from '../../src/features/diagnostics/diagnostics.ts';
import { compare } from '../../src/features/diagnostics/event.ts';
import { asJson, asText } from '../../src/features/diagnostics/text.ts';
import { t } from '../../src/features/diagnostics/texts.ts';
import { type Check, type CheckId, codeOf, order, verdictOf } from '../../src/features/diagnostics/verdict.ts';
import { type Config, createApi, type Info } from '../../src/lib/api.ts';
import { failure } from '../../src/lib/errors.ts';
import { ok, type Result } from '../../src/lib/result.ts';
import type { NostrEvent } from '../../src/nostr/signer.ts';
import { fakeFetch, id, info, json, refusal } from './kit.ts';

const here = { online: true, webRtc: true };

type Answer = 'ok' | 'skipped' | 'silent' | [number, string?];

const check = (name: CheckId, answer: Answer): Check => {
  const shared = { id: name, ms: 1, code: '', says: '' };
  if (answer === 'ok' || answer === 'skipped') return { ...shared, status: answer, failure: null };
  if (answer === 'silent') return { ...shared, status: 'unknown', failure: failure('server_unreachable', 'later') };
  const refused = refusal(...answer);
  return { ...shared, status: 'fail', failure: refused, code: codeOf(refused) };
};

const seen = (id: CheckId, status: Check['status'], code: string): Check => ({
  id,
  status,
  code,
  says: '',
  failure: null,
  ms: 1,
});
const open: Check[] = [check('health', 'ok'), check('info', 'ok'), check('guest', 'ok'), check('member', 'skipped')];

describe('verdictOf', () => {
  it.each<[string, Answer, Answer, Answer, Answer, string, string | null]>([
    // what                           health   info                  guest                        member
    // code               letter
    ['all open', 'ok', 'ok', 'ok', 'ok', 'healthy', null],
    ['all open to a guest', 'ok', 'ok', 'ok', 'skipped', 'healthy', null],
    ['A: known, guest 404', 'ok', 'ok', [404], [404], 'unexplained', 'A'],
    ['A: LiveKit away', 'ok', 'ok', [503, 'media_unavailable'], [503, 'media_unavailable'], 'media_down', 'A'],
    ['A: no guests', 'ok', 'ok', [403, 'guests_not_allowed'], 'ok', 'guests_off', 'A'],
    ['A: full', 'ok', 'ok', [503, 'nest_full'], [503, 'nest_full'], 'full', 'A'],
    ['A: planned', 'ok', 'ok', [403, 'nest_not_started'], [403, 'nest_not_started'], 'not_started', 'A'],
    ['B: unknown everywhere', 'ok', [404], [404], [404], 'unknown_nest', 'B'],
    ['B: unknown, no key', 'ok', [404], [404], 'skipped', 'unknown_nest', 'B'],
    ['C: nothing answers', 'silent', 'silent', 'silent', 'silent', 'wrong_api_base', 'C'],
    ['C: another server', [404], [404], [404], [404], 'wrong_api_base', 'C'],
    ['ended', 'ok', [404, 'nest_ended'], [404, 'nest_ended'], [404, 'nest_ended'], 'ended', null],
    ['store away', 'ok', [503, 'store_unavailable'], [503, 'store_unavailable'], 'skipped', 'store_down', null],
    ['banned', 'ok', 'ok', 'ok', [403, 'banned'], 'banned', null],
    ['private', 'ok', [403, 'nest_private'], [403, 'nest_private'], 'skipped', 'private', null],
    ['clock', 'ok', 'ok', 'ok', [401, 'auth_time'], 'clock_skew', null],
    ['address', 'ok', 'ok', 'ok', [401, 'auth_url'], 'public_url_mismatch', null],
    ['twice', 'ok', 'ok', 'ok', [401, 'auth_replayed'], 'replayed', null],
    ['signature', 'ok', 'ok', 'ok', [401, 'auth_signature'], 'bad_signature', null],
    ['health away, endpoints open', 'silent', 'ok', 'ok', 'ok', 'healthy', null],
    ['half an answer', 'ok', 'silent', 'ok', 'ok', 'unexplained', null],
  ])('%s', (_, health, inf, guest, member, code, scenario) => {
    const checks = [check('health', health), check('info', inf), check('guest', guest), check('member', member)];
    expect(verdictOf(id, checks, here)).toMatchObject({ code, scenario });
  });

  it('names an id of a wrong form, and a device without network', () => {
    const gone = [check('health', 'ok'), check('info', [404]), check('guest', [404]), check('member', 'skipped')];
    expect(verdictOf('not-an-id', gone, here)).toMatchObject({ code: 'wrong_room_id', scenario: 'C' });
    expect(verdictOf(id, gone, { ...here, online: false })).toMatchObject({ code: 'offline', side: 'client' });
  });

  it('blames the browser only if every endpoint admits the user', () => {
    const without = { ...here, webRtc: false };
    const open = (['health', 'info', 'guest', 'member'] as const).map((name) => check(name, 'ok'));
    expect(verdictOf(id, open, without)).toMatchObject({ code: 'no_webrtc', side: 'client', roomExists: true });
    const full = [check('health', 'ok'), check('info', 'ok'), check('guest', [503, 'nest_full'])];
    expect(verdictOf(id, full, without).code).toBe('full');
  });

  it('never reports no answer as absence', () => {
    const silent = [
      check('health', 'ok'),
      check('info', 'silent'),
      check('guest', 'silent'),
      check('member', 'skipped'),
    ];
    expect(verdictOf(id, silent, here).code).toBe('unexplained');
  });
});

describe('the order of causes', () => {
  it('is the same list as on the server', () => {
    const source = readFileSync(join(import.meta.dirname, '../../../internal/diagnose/verdict.go'), 'utf8');
    const words = new Map([...source.matchAll(/^\t(\w+)\s+Code = "(\w+)"/gm)].map(([, name, word]) => [name, word]));
    const rows = [...source.matchAll(/^\t\{(\w+), (\w+)Side,/gm)].map(([, name, side]) => [
      words.get(name ?? ''),
      side?.toLowerCase().replace('no', 'none'),
    ]);
    const ours = new Map(order);
    expect(rows.length).toBeGreaterThan(30);
    const shared = rows.filter(([word]) => ours.has(word ?? ''));
    expect(
      order
        .filter(([word]) => shared.some(([other]) => other === word))
        .map(([word]) => word)
        .filter((word) => word !== 'offline'),
    ).toEqual(shared.map(([word]) => word).filter((word) => word !== 'offline'));
    for (const [word, side] of shared) expect([word, ours.get(word ?? '')]).toEqual([word, side]);
  });

  it('has a text and a hint for each code', () => {
    for (const [word] of [...order, ['healthy'], ['unexplained']]) {
      expect(t.known(`${word}`), word).toBeDefined();
      expect(t.known(`${word}.hint`), word).toBeDefined();
    }
  });

  it.each<[string, Check[], string]>([
    ['includes the verdict of the server', [...open, seen('server', 'fail', 'media_credentials')], 'media_credentials'],
    [
      'the server before the event',
      [...open, seen('event', 'warn', 'signature_owed'), seen('server', 'fail', 'store_locked')],
      'store_locked',
    ],
    [
      'a media path that is shut',
      [...open, seen('webrtc', 'fail', 'media_unreachable_from_client')],
      'media_unreachable_from_client',
    ],
    [
      'a held back sound where all else is well',
      [seen('here', 'warn', 'autoplay_blocked'), ...open],
      'autoplay_blocked',
    ],
    ['a missing microphone of a listener', [...open, seen('microphone', 'warn', '')], 'healthy'],
    ['a check that failed for no known cause', [...open, seen('event', 'unknown', '')], 'unexplained'],
    [
      'an orphan before an unknown nest',
      [check('health', 'ok'), check('info', [404]), check('guest', [404]), seen('event', 'fail', 'orphan_space')],
      'orphan_space',
    ],
  ])('%s', (_, checks, code) => {
    expect(verdictOf(id, checks, here).code).toBe(code);
  });
});

describe('the event against the API', () => {
  const config: Config = {
    public_urls: ['https://nests.example'],
    endpoints: ['wss+livekit://nests.example'],
    relay: 'wss://nests.example/relay',
  };
  const host = 'a'.repeat(64);
  const event = (tags: string[][], pubkey = host): NostrEvent => ({
    id: '',
    pubkey,
    kind: 30312,
    created_at: 1,
    content: '',
    sig: '',
    tags: [['d', id], ...tags],
  });
  const known = ok({ ...info, host } as Info);
  const gone = (code?: string) => ({ ok: false as const, failure: refusal(404, code) });
  const ours = ['service', 'https://nests.example/api/v1/nests/'];
  it.each<[string, NostrEvent | null, Result<Info>, string, string]>([
    ['agrees', event([ours, ['status', 'open']]), known, 'ok', ''],
    ['another server', event([['service', 'https://other.example']]), known, 'fail', 'wrong_server'],
    ['another host', event([ours], 'b'.repeat(64)), known, 'fail', 'id_mismatch'],
    ['lost here', event([ours]), gone(), 'fail', 'orphan_space'],
    ['ended, but its status is open', event([ours, ['status', 'open']]), gone('nest_ended'), 'warn', 'signature_owed'],
    ['ended, and its status is closed', event([ours, ['status', 'closed']]), gone('nest_ended'), 'ok', ''],
    ['a strange media address', event([ours, ['streaming', 'wss+livekit://old.example']]), known, 'warn', ''],
    ['no event', null, known, 'warn', ''],
  ])('%s', (_, found, answer, status, code) => {
    vi.stubGlobal('location', { origin: 'https://nests.example' });
    expect(compare({ event: found, asked: 1, silent: 0 }, answer, config)).toMatchObject({ status, code });
    vi.unstubAllGlobals();
  });

  it('is not reported as absent if no relay could be asked', () => {
    expect(compare({ event: null, asked: 0, silent: 2 }, known, config).status).toBe('unknown');
  });
});

describe('the report that is passed on', () => {
  const whole: Report = {
    roomId: id,
    at: 0,
    checks: [...open, { ...seen('websocket', 'fail', 'media_unreachable_from_client'), says: 'no way' }],
    server: null,
    space: null,
    verdict: verdictOf(id, open, { online: true, webRtc: true }),
  };
  it('describes every check as text and as JSON', () => {
    const device = { agent: 'Some browser', page: 'https://nests.example/x', online: true };
    expect(asText(whole, device)).toContain('✗ websocket: fail · media_unreachable_from_client · no way · 1 ms');
    expect(JSON.parse(asJson(whole, device))).toMatchObject({ roomId: id, device, verdict: { code: 'healthy' } });
  });
});

describe('diagnose', () => {
  const lines: string[] = [];
  const parts = (fetch: typeof globalThis.fetch): Parts => ({
    api: createApi(fetch),
    connect: () => {
      throw new Error('no relay is asked while the server does not name one');
    },
    origin: (endpoint) => ({ socket: endpoint, gate: endpoint }),
    log: (line) => void lines.push(line),
  });
  beforeEach(() => {
    lines.length = 0;
    vi.stubGlobal('window', { isSecureContext: false });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('runs in order, logs each step and sums up', async () => {
    const { fetch, asked } = fakeFetch({
      'GET /health': () => json(200, { status: 'healthy' }),
      [`GET /api/v1/nests/${id}/info`]: () => json(200, info),
      [`GET /api/v1/nests/${id}/guest`]: () => json(404, { error: 'Room not found' }),
      [`GET /api/v1/nests/${id}`]: () => json(200, { token: 'eyJ.secret' }),
    });
    const report = await diagnose(parts(fetch), { roomId: id, authorize: async () => ok({}) });
    expect(asked.map((a) => a.call.replace(id, 'ID'))).toEqual([
      'GET /health',
      'GET /api/v1/nests/ID/info',
      'GET /api/v1/nests/ID/guest',
      'GET /api/v1/nests/ID',
      'GET /api/v1/config',
    ]);
    expect(lines).toEqual([
      '🔧 Running API diagnostics:',
      '🔧 API health:',
      '🔧 Room info:',
      '🔧 Guest access:',
      '🔧 Authenticated access:',
      '🔧 Microphone:',
      '🔧 API diagnostics complete:',
    ]);
    expect(summary(report)).toEqual({
      marks: 'Room exists: ✅ | Guest access: ❌',
      words: 'Room exists: yes. Guest access: no.',
    });
  });

  it('checks only the server without a nest', async () => {
    const { fetch, asked } = fakeFetch({
      'GET /health': () => json(200, { status: 'healthy' }),
      'GET /api/v1/nests': () => json(503, { error: 'away', code: 'store_unavailable' }),
    });
    const report = await diagnose(parts(fetch), { roomId: null, authorize: async () => ok({}) });
    expect(asked.map((a) => a.call)).toEqual(['GET /health', 'GET /api/v1/nests', 'GET /api/v1/config']);
    expect(report.verdict.code).toBe('store_down');
    expect(summary(report).marks).toBe('Room exists: ➖ | Guest access: ➖');
  });

  it('does not take every answer on /health for a Nests server', async () => {
    const { fetch } = fakeFetch({ 'GET /health': () => json(200, { ok: true }) });
    const report = await diagnose(parts(fetch), { roomId: id, authorize: null });
    expect(report.checks.slice(0, 4).map((c) => c.status)).toEqual(['fail', 'unknown', 'unknown', 'skipped']);
    expect(report.verdict).toMatchObject({ code: 'wrong_api_base', scenario: 'C' });
  });
});
