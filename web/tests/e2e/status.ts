import type { Page } from '@playwright/test';

// What the server says of itself in these tests, and reports that a healthy one cannot be brought to say.

const at = Date.UTC(2026, 4, 20, 20, 15);
const minute = 60_000;

interface Line {
  id: string;
  title: string;
  status?: string;
  code?: string;
  summary: string;
  hint?: string;
  evidence?: Record<string, unknown>;
}

const check = ({ status = 'ok', evidence = {}, ...line }: Line) => ({ ...line, status, evidence, took_ms: 3 });

const drift = (code: string, ago: number, more: Record<string, unknown> = {}) => ({
  code,
  first_seen: at - ago,
  last_seen: at - ago + 2_400,
  steps: 1,
  resolved: at - ago + 2_400,
  outcome: 'repaired',
  evidence: { people: 2 },
  ...more,
});

// problem is what an operator sees while LiveKit is gone: one root cause, checks that do not know, a divergence
// that stays open.
export const problem = {
  at,
  version: 'v1.2.3',
  verdict: {
    code: 'media_down',
    summary: 'The media server does not answer.',
    cause: 'Nothing accepts connections at its address.',
    hint: 'Start LiveKit, or correct its URL (NESTS_LIVEKIT_URL); the evidence names the layer that fails.',
    side: 'server',
  },
  checks: [
    check({ id: 'store_read', title: 'Database, reading', summary: 'It answers.' }),
    check({ id: 'store_write', title: 'Database, writing', summary: 'A write was committed.' }),
    check({
      id: 'disk',
      title: 'Free disk space',
      status: 'warn',
      summary: 'The disk is nearly full.',
      hint: 'Free some space soon.',
      evidence: { free_mb: 412, total_mb: 40_960 },
    }),
    check({
      id: 'livekit',
      title: 'Media server',
      status: 'fail',
      code: 'media_down',
      summary: 'Nothing accepts connections at its address.',
      hint: 'Start LiveKit.',
      evidence: { layer: 'tcp', url: 'https://livekit.nests.example:7880', error: 'connect: connection refused' },
    }),
    check({
      id: 'media_address',
      title: 'Address for media',
      status: 'skipped',
      summary: 'The media server is external.',
    }),
    check({ id: 'loop', title: 'Repair loop', summary: 'It runs.', evidence: { last_pass_ms: 430, foreign_rooms: 0 } }),
    check({ id: 'webhooks', title: 'Webhooks of the media server', status: 'unknown', summary: 'No answer in time.' }),
    check({ id: 'relay', title: 'Own relay', summary: 'It answers a subscription.' }),
    check({ id: 'tomorrow', title: 'A check of a newer server', summary: 'It is fine.' }),
  ],
  drifts: [
    drift('wrong_permission', 90 * minute),
    drift('metadata_lost', 4 * minute, {
      resolved: 0,
      outcome: '',
      steps: 7,
      nest: '0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11',
    }),
    drift('room_without_nest', 26 * 60 * minute, { outcome: 'gone', steps: 0 }),
  ],
};

// history is a healthy server with as long a record as the server tells.
export const history = {
  ...problem,
  verdict: {
    code: 'healthy',
    summary: 'All is well.',
    cause: 'All checks passed.',
    hint: '',
    side: 'none',
  },
  checks: problem.checks.filter(({ status }) => status === 'ok'),
  drifts: Array.from({ length: 50 }, (_, n) => drift('metadata_lost', (n + 1) * 47 * minute)),
};

export const answers = (page: Page, report: unknown) =>
  page.route('**/api/v1/diagnostics', (route) => route.fulfill({ json: report }));

const key = (digit: string) => digit.repeat(64);
const nest = '0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11';

// operated answers as a server does to its operator, on an evening when there is something to do.
export async function operated(page: Page): Promise<void> {
  const parts: Record<string, unknown> = {
    overview: {
      nests: { live: 12, planned: 3, ended: 240 },
      inside: 187,
      on_stage: 9,
      media_answers: true,
      drifts: [],
      outbox: {
        pending: 4,
        overdue: 1,
        refused: 2,
        gave_up: 0,
        relays: [
          { relay: 'wss://relay.with-a-rather-long-name.example/inbox', state: 'pending', count: 4, words: '' },
          { relay: 'wss://paid.example', state: 'refused', count: 2, words: 'restricted: members only' },
        ],
      },
    },
    nests: {
      nests: [
        {
          roomId: nest,
          host: key('a'),
          title: 'Evening birds',
          status: 'live',
          access: 'open',
          participantCount: 3,
          people: [
            { identity: key('a'), on_stage: true },
            { identity: key('b'), on_stage: false },
            { identity: `guest-${nest}`, on_stage: false },
          ],
        },
        {
          roomId: '7f3c9d2a-1111-4c2a-9c0e-0b5c1f6e53c5',
          host: key('c'),
          title: '',
          status: 'open',
          access: 'private',
          participantCount: 1,
          people: [],
        },
      ],
      next: 'more',
    },
    reports: {
      reports: [
        {
          id: key('1'),
          by: key('d'),
          at,
          why: 'spam',
          words: 'The same advertisement every few seconds',
          pubkey: key('b'),
          nest,
          text: 'Buy now at https://example.org/a-very-long-address-that-does-not-end-soon-and-has-to-break-somewhere',
        },
      ],
      next: '',
    },
    blocks: {
      blocks: [
        { subject: '203.0.113.0/24', reason: 'scans the relay', at, until: at + 24 * 60 * minute },
        { subject: key('e'), at },
      ],
    },
    quotas: { nests: 100, quotas: [{ pubkey: key('f'), nests: 500 }] },
    creators: { create: 'list', creators: [{ pubkey: key('a') }] },
    audit: {
      acts: [
        { at, actor: key('0'), act: 'block', target: '203.0.113.0/24', outcome: 'done' },
        { at, actor: key('0'), act: 'operator_end', nest, outcome: 'nest_not_found' },
        { at, actor: key('a'), act: 'stage_give', target: key('b'), nest, outcome: 'done' },
        { at, actor: key('a'), act: 'mute_all', nest, outcome: 'done' },
      ],
      next: 'more',
    },
  };
  await page.route('**/api/v1/operator/**', (route) => {
    const part = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
    return route.fulfill({ json: parts[part] ?? {} });
  });
}
