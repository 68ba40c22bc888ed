// The server's report, from GET /api/v1/diagnostics. Every field is checked, because the page shows them.

export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown' | 'skipped';

export const marks: Record<CheckStatus, string> = { ok: '✅', warn: '⚠️', fail: '❌', unknown: '❔', skipped: '➖' };

// The names and values that a check or a divergence is based on, as text.
export type Evidence = { name: string; value: string }[];

export interface Check {
  id: string;
  title: string;
  status: CheckStatus;
  summary: string;
  hint: string;
  evidence: Evidence;
  ms: number;
}

export interface Drift {
  code: string;
  nest: string; // '' when the viewer may not know
  first: number; // unix ms, as all times here
  last: number;
  steps: number;
  resolved: number; // 0 while open
  outcome: string; // repaired, gone or explained; '' while open
  evidence: Evidence;
}

export interface Report {
  at: number;
  version: string;
  verdict: { code: string; summary: string; cause: string; hint: string; side: string };
  checks: Check[];
  drifts: Drift[];
}

const most = 200; // of a list; the server sends fewer
const longest = 500; // of a text

type Fields = Record<string, unknown>;

// reportOf returns the report in an answer of the server, or null if the answer is not a report.
export function reportOf(value: unknown): Report | null {
  const { at, version, verdict, checks, drifts } = fields(value);
  const verdictFields = fields(verdict);
  if (typeof at !== 'number' || text(verdictFields.code) === '' || !Array.isArray(checks)) return null;
  return {
    at,
    version: text(version),
    verdict: {
      code: text(verdictFields.code),
      summary: text(verdictFields.summary),
      cause: text(verdictFields.cause),
      hint: text(verdictFields.hint),
      side: text(verdictFields.side),
    },
    checks: list(checks).map(checkOf),
    drifts: list(drifts).map(driftOf),
  };
}

const statuses: readonly string[] = ['ok', 'warn', 'fail', 'unknown', 'skipped'] satisfies CheckStatus[];

// An unknown status must not count as good.
const statusOf = (word: unknown): CheckStatus =>
  statuses.includes(word as string) ? (word as CheckStatus) : 'unknown';

const checkOf = (check: Fields): Check => ({
  id: text(check.id),
  title: text(check.title) || text(check.id),
  status: statusOf(check.status),
  summary: text(check.summary),
  hint: text(check.hint),
  evidence: evidenceOf(check.evidence),
  ms: number(check.took_ms),
});

const driftOf = (drift: Fields): Drift => ({
  code: text(drift.code),
  nest: text(drift.nest),
  first: number(drift.first_seen),
  last: number(drift.last_seen),
  steps: number(drift.steps),
  resolved: number(drift.resolved),
  outcome: text(drift.outcome),
  evidence: evidenceOf(drift.evidence),
});

const evidenceOf = (value: unknown): Evidence =>
  Object.entries(fields(value))
    .slice(0, most)
    .map(([name, raw]) => ({
      name: text(name),
      value: typeof raw === 'string' ? text(raw) : text(JSON.stringify(raw) ?? ''),
    }));

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.slice(0, most).map(fields) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, longest) : '');
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
