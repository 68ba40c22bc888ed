import type { Api, Authorize } from '../../lib/api.ts';
import { failure } from '../../lib/errors.ts';
import { t } from '../../lib/i18n.ts';
import type { Say } from '../../lib/log.ts';
import { type Result, refused } from '../../lib/result.ts';
import { type Check, type CheckId, type Verdict, verdictOf } from './verdict.ts';

export interface Report {
  roomId: string | null;
  at: number; // unix ms
  checks: Check[];
  verdict: Verdict;
}

interface Subject {
  roomId: string | null; // null where no nest is meant: the server alone is asked
  authorize: Authorize | null; // null without a user: the authenticated endpoint is skipped then
}

const titles: Record<CheckId, string> = {
  health: 'API health',
  info: 'Room info',
  guest: 'Guest access',
  member: 'Authenticated access',
  list: 'List of nests',
};

// diagnose asks the server's health, the nest's info, the guest endpoint and, with a user, the authenticated one; without a nest,
// the list of all. Each step goes to the console and to onCheck as it comes.
export async function diagnose(
  api: Api,
  { roomId, authorize }: Subject,
  say: Say,
  onCheck: (check: Check) => void = () => {},
): Promise<Report> {
  say('🔧 Running API diagnostics:', { roomId, hasUser: authorize !== null });
  const checks: Check[] = [];
  const run = async (id: CheckId, ask: (() => Promise<Result<unknown>>) | null) => {
    const began = performance.now();
    const answer = ask ? await ask() : null;
    const check: Check = {
      id,
      status: answer ? statusOf(answer) : 'skipped',
      failure: answer && !answer.ok ? answer.failure : null,
      ms: Math.round(performance.now() - began),
    };
    checks.push(check);
    say(`🔧 ${titles[id]}:`, {
      result: check.status,
      status: answer?.ok ? 200 : (check.failure?.status ?? null),
      ...(check.failure ? { code: check.failure.code } : {}),
      took_ms: check.ms,
    });
    onCheck(check);
  };
  await run('health', async () => healthy(await api.health()));
  if (roomId === null) {
    await run('list', () => api.list());
  } else {
    await run('info', () => api.info(roomId));
    await run('guest', () => api.guest(roomId));
    await run('member', authorize && (() => api.join(roomId, authorize)));
  }
  const here = { online: navigator.onLine !== false, webRtc: typeof RTCPeerConnection === 'function' };
  const verdict = verdictOf(roomId, checks, here);
  say('🔧 API diagnostics complete:', { ...verdict });
  return { roomId, at: Date.now(), checks, verdict };
}

// Something may answer on /health and still not be a Nests server.
function healthy(answer: Result<{ status?: string }>): Result<unknown> {
  if (!answer.ok || answer.value?.status === 'healthy') return answer;
  return refused(failure('unexpected_answer'));
}

// Without an answer nothing was observed, and unknown is never reported as absent.
function statusOf(answer: Result<unknown>): Check['status'] {
  if (answer.ok) return 'ok';
  return answer.failure.status === 0 && answer.failure.code !== 'unexpected_answer' ? 'unknown' : 'fail';
}

// summary is the toast, with the marks of the troubleshooting guide; words say the same to those who hear the page.
export function summary({ roomId, verdict }: Report): { marks: string; words: string } {
  const { roomExists, guestAccess } = verdict;
  const mark = (yes: boolean) => (roomId === null ? '➖' : yes ? '✅' : '❌');
  const word = (yes: boolean) => t(`diagnostics.summary.${roomId === null ? 'unasked' : yes ? 'yes' : 'no'}`);
  return {
    marks: t('diagnostics.summary', { room: mark(roomExists), guest: mark(guestAccess) }),
    words: t('diagnostics.summary.words', { room: word(roomExists), guest: word(guestAccess) }),
  };
}
