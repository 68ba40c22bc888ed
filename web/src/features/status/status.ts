import { signal } from '@preact/signals';
import type { Api } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Check, Drift, Report } from '../../lib/report.ts';
import type { Session } from '../session/session.ts';

// Seen is the server's last report, and the failure if the last request failed. Both are null during the
// first request.
export interface Seen {
  report: Report | null;
  failure: Failure | null;
}

export type StatusState = ReturnType<typeof createStatus>;

const every = 10_000; // ms

// createStatus fetches the server's report. A session cookie identifies the user by itself. A key in this tab
// signs the request, which needs no confirmation.
export function createStatus(api: Api, session: Pick<Session, 'user' | 'authorize'>) {
  const seen = signal<Seen>({ report: null, failure: null });
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    const local = session.user.peek()?.signer.kind === 'local';
    let answer = await api.diagnostics(null, local ? session.authorize : null);
    // If the signed request fails, for example because of the clock, show the public part.
    if (local && !answer.ok) answer = await api.diagnostics(null, null);
    seen.value = answer.ok
      ? { report: answer.value, failure: null }
      : { report: seen.peek().report, failure: answer.failure };
  }

  function refresh(): Promise<void> {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  }

  // watch refreshes the report while the page is visible, until the returned function is called.
  function watch(): () => void {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') return;
      await refresh();
      clearTimeout(timer);
      if (!over.signal.aborted) timer = setTimeout(() => void next(), every);
    };
    document.addEventListener('visibilitychange', () => void next(), { signal: over.signal });
    void next();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }

  return { seen, refresh, watch };
}

export type Group = 'store' | 'media' | 'repair' | 'outside' | 'rest';

const groupOf: Record<string, Group> = {
  store_read: 'store',
  store_write: 'store',
  disk: 'store',
  livekit: 'media',
  media_address: 'media',
  turn: 'media',
  loop: 'repair',
  webhooks: 'repair',
  relay: 'outside',
  outbox: 'outside',
  public_url: 'outside',
};

// groups sorts the checks by subject, in a fixed order. Unknown checks come last.
export function groups(checks: Check[]): { group: Group; checks: Check[] }[] {
  return (['store', 'media', 'repair', 'outside', 'rest'] as const)
    .map((group) => ({ group, checks: checks.filter(({ id }) => (groupOf[id] ?? 'rest') === group) }))
    .filter(({ checks }) => checks.length > 0);
}

// sinceLastPass returns how long ago the repair loop ran, in ms, or null if the report does not contain it.
export function sinceLastPass(checks: Check[]): number | null {
  const said = checks.find(({ id }) => id === 'loop')?.evidence.find(({ name }) => name === 'last_pass_ms')?.value;
  return said !== undefined && /^\d+$/.test(said) ? Number(said) : null;
}

// byTime sorts open divergences first, then the most recent.
export const byTime = (drifts: Drift[]): Drift[] =>
  [...drifts].sort((a, b) => Number(a.resolved > 0) - Number(b.resolved > 0) || b.last - a.last);

// durationOf returns the duration of a divergence so far, in ms by the server's clock.
export const durationOf = (drift: Drift, at: number): number => Math.max(0, (drift.resolved || at) - drift.first);
