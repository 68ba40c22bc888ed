import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { byTime, createStatus, durationOf, groups, sinceLastPass } from '../../src/features/status/status.ts';
import { createApi } from '../../src/lib/api.ts';
import { duration } from '../../src/lib/dates.ts';
import { type Drift, reportOf } from '../../src/lib/report.ts';
import { ok } from '../../src/lib/result.ts';
import { fakeFetch, json } from './kit.ts';

const verdict = { code: 'healthy', summary: 'All is well.', cause: 'So it is.', hint: '', side: 'none' };
const report = { at: 1_000, version: 'v1', verdict, checks: [], drifts: [] };
const path = 'GET /api/v1/diagnostics';
const nobody = { user: signal(null), authorize: async () => ok({}) };
const me = {
  user: signal({ pubkey: 'p', signer: { kind: 'local' } as never }),
  authorize: async () => ok({ Authorization: 'Nostr me' }),
};

describe('a report', () => {
  it('is refused if it is not a report', () => {
    for (const wrong of [
      null,
      7,
      'x',
      [],
      {},
      { at: 'now', verdict, checks: [] },
      { at: 1, verdict: {}, checks: [] },
    ]) {
      expect(reportOf(wrong)).toBeNull();
    }
  });

  it('is read with every field checked', () => {
    const read = reportOf({
      ...report,
      checks: [
        { id: 'disk', status: 'splendid', evidence: { free_mb: 3, list: ['a'], long: 'x'.repeat(9_000) } },
        null,
        'check',
      ],
      drifts: [{ code: 7, first_seen: 'yesterday', evidence: [1, 2] }],
    });
    expect(read?.checks).toHaveLength(3);
    expect(read?.checks[0]).toMatchObject({ title: 'disk', status: 'unknown', hint: '' });
    expect(read?.checks[0]?.evidence.map(({ value }) => value.length)).toEqual([1, 5, 500]);
    expect(read?.drifts[0]).toMatchObject({ code: '', first: 0, resolved: 0, evidence: [] });
    expect(reportOf({ ...report, checks: Array(10_000).fill({ id: 'x' }) })?.checks).toHaveLength(200);
  });

  it('has its checks in groups, unknown ones last, and shows when the loop ran', () => {
    const checks = ['new_one', 'livekit', 'loop', 'store_read', 'webhooks'].map((id) => ({ id, status: 'ok' }));
    const read = reportOf({ ...report, checks: [...checks, { id: 'loop', evidence: { last_pass_ms: 1 } }] });
    expect(groups(read?.checks ?? []).map(({ group }) => group)).toEqual(['store', 'media', 'repair', 'rest']);
    expect(sinceLastPass(read?.checks ?? [])).toBeNull();
    expect(sinceLastPass(read?.checks.slice(5) ?? [])).toBe(1);
  });
});

describe('divergences', () => {
  const drift = (first: number, last: number, resolved: number): Drift =>
    ({ code: 'x', nest: '', first, last, steps: 1, resolved, outcome: '', evidence: [] }) satisfies Drift;

  it('are sorted: open ones first, then by their end', () => {
    const [old, fresh, open] = [drift(1, 20, 20), drift(2, 40, 40), drift(3, 10, 0)];
    expect(byTime([old, open, fresh])).toEqual([open, fresh, old]);
    expect([old, open].map((d) => durationOf(d, 1_003))).toEqual([19, 1_000]);
  });

  it('has durations in suitable units', () => {
    const words = [40, 2_500, 180_000, 7_200_000, 4 * 86_400_000].map(duration);
    expect(words).toEqual(['40 milliseconds', '2.5 seconds', '3 minutes', '2 hours', '4 days']);
  });
});

describe('the status', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is requested every 10 s while the page is visible, and not afterwards', async () => {
    const { fetch, asked } = fakeFetch({ [path]: () => json(200, report) });
    const status = createStatus(createApi(fetch), nobody);
    const show = (is: string) => {
      Object.defineProperty(document, 'visibilityState', { value: is, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    const leave = status.watch();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(2);
    expect(status.seen.value.report?.version).toBe('v1');
    show('hidden');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(2);
    show('visible');
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(3);
    leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(3);
  });

  it('keeps the last report while the server does not answer', async () => {
    let up = true;
    const { fetch } = fakeFetch({
      [path]: () => {
        if (!up) throw new TypeError('away');
        return json(200, report);
      },
    });
    const status = createStatus(createApi(fetch), nobody);
    await status.refresh();
    up = false;
    await status.refresh();
    expect(status.seen.value.report?.at).toBe(1_000);
    expect(status.seen.value.failure?.code).toBe('server_unreachable');
    up = true;
    await status.refresh();
    expect(status.seen.value.failure).toBeNull();
  });

  it('signs with a key of the tab, and requests without it if that is refused', async () => {
    const refused = { error: 'No.', code: 'store_unavailable', hint: 'Ask.' };
    let times = 0;
    const { fetch, asked } = fakeFetch({ [path]: () => (times++ === 0 ? json(503, refused) : json(200, report)) });
    const status = createStatus(createApi(fetch), me);
    await status.refresh();
    expect(asked.map(({ headers }) => headers.has('Authorization'))).toEqual([true, false]);
    expect(status.seen.value.failure).toBeNull();
  });

  it('reports an answer of another kind of server', async () => {
    const { fetch } = fakeFetch({ [path]: () => json(200, { hello: 'world' }) });
    const status = createStatus(createApi(fetch), nobody);
    await status.refresh();
    expect(status.seen.value).toMatchObject({ report: null, failure: { code: 'unexpected_answer' } });
  });
});
