import { describe, expect, it } from 'vitest';
import { diagnose, summary } from '../../src/features/diagnostics/diagnostics.ts';
import { type Check, type CheckId, verdictOf } from '../../src/features/diagnostics/verdict.ts';
import { createApi } from '../../src/lib/api.ts';
import { failure } from '../../src/lib/errors.ts';
import { ok } from '../../src/lib/result.ts';
import { fakeFetch, id, info, json, refusal } from './kit.ts';

const here = { online: true, webRtc: true };

type Answer = 'ok' | 'skipped' | 'silent' | [number, string?];

const check = (name: CheckId, answer: Answer): Check => {
  const shared = { id: name, ms: 1 };
  if (answer === 'ok' || answer === 'skipped') return { ...shared, status: answer, failure: null };
  if (answer === 'silent') return { ...shared, status: 'unknown', failure: failure('server_unreachable', 'later') };
  return { ...shared, status: 'fail', failure: refusal(...answer) };
};

describe('verdictOf', () => {
  it.each<[string, Answer, Answer, Answer, Answer, string, string | null]>([
    // what                           health   info                  guest                        member             code               letter
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
    ['health away, doors open', 'silent', 'ok', 'ok', 'ok', 'healthy', null],
    ['half an answer', 'ok', 'silent', 'ok', 'ok', 'unexplained', null],
  ])('%s', (_, health, inf, guest, member, code, scenario) => {
    const checks = [check('health', health), check('info', inf), check('guest', guest), check('member', member)];
    expect(verdictOf(id, checks, here)).toMatchObject({ code, scenario });
  });

  it('names an id that fits no nest, and a device without network', () => {
    const gone = [check('health', 'ok'), check('info', [404]), check('guest', [404]), check('member', 'skipped')];
    expect(verdictOf('not-an-id', gone, here)).toMatchObject({ code: 'wrong_room_id', scenario: 'C' });
    expect(verdictOf(id, gone, { ...here, online: false })).toMatchObject({ code: 'offline', side: 'client' });
  });

  it('blames the browser only where every door is open', () => {
    const without = { ...here, webRtc: false };
    const open = (['health', 'info', 'guest', 'member'] as const).map((name) => check(name, 'ok'));
    expect(verdictOf(id, open, without)).toMatchObject({ code: 'no_webrtc', side: 'client', roomExists: true });
    const full = [check('health', 'ok'), check('info', 'ok'), check('guest', [503, 'nest_full'])];
    expect(verdictOf(id, full, without).code).toBe('full');
  });

  it('never reports silence as absence', () => {
    const silent = [
      check('health', 'ok'),
      check('info', 'silent'),
      check('guest', 'silent'),
      check('member', 'skipped'),
    ];
    expect(verdictOf(id, silent, here).code).toBe('unexplained');
  });
});

describe('diagnose', () => {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);

  it('asks in order, says each step and sums up', async () => {
    const { fetch, asked } = fakeFetch({
      'GET /health': () => json(200, { status: 'healthy' }),
      [`GET /api/v1/nests/${id}/info`]: () => json(200, info),
      [`GET /api/v1/nests/${id}/guest`]: () => json(404, { error: 'Room not found' }),
      [`GET /api/v1/nests/${id}`]: () => json(200, { token: 'eyJ.secret' }),
    });
    const report = await diagnose(createApi(fetch), { roomId: id, authorize: async () => ok({}) }, say);
    expect(asked.map((a) => a.call.replace(id, 'ID'))).toEqual([
      'GET /health',
      'GET /api/v1/nests/ID/info',
      'GET /api/v1/nests/ID/guest',
      'GET /api/v1/nests/ID',
    ]);
    expect(lines).toEqual([
      '🔧 Running API diagnostics:',
      '🔧 API health:',
      '🔧 Room info:',
      '🔧 Guest access:',
      '🔧 Authenticated access:',
      '🔧 API diagnostics complete:',
    ]);
    expect(summary(report)).toEqual({
      marks: 'Room exists: ✅ | Guest access: ❌',
      words: 'Room exists: yes. Guest access: no.',
    });
  });

  it('asks the server alone where no nest is meant', async () => {
    const { fetch, asked } = fakeFetch({
      'GET /health': () => json(200, { status: 'healthy' }),
      'GET /api/v1/nests': () => json(503, { error: 'away', code: 'store_unavailable' }),
    });
    const report = await diagnose(createApi(fetch), { roomId: null, authorize: async () => ok({}) }, say);
    expect(asked.map((a) => a.call)).toEqual(['GET /health', 'GET /api/v1/nests']);
    expect(report.verdict.code).toBe('store_down');
    expect(summary(report).marks).toBe('Room exists: ➖ | Guest access: ➖');
  });

  it('does not take any answer on /health for a Nests server', async () => {
    const { fetch } = fakeFetch({ 'GET /health': () => json(200, { ok: true }) });
    const report = await diagnose(createApi(fetch), { roomId: id, authorize: null }, () => {});
    expect(report.checks.map((c) => c.status)).toEqual(['fail', 'unknown', 'unknown', 'skipped']);
    expect(report.verdict).toMatchObject({ code: 'wrong_api_base', scenario: 'C' });
  });
});
