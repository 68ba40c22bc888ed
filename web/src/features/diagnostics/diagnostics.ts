import type { Api, Authorize, Config, Info } from '../../lib/api.ts';
import { failure } from '../../lib/errors.ts';
import { causeOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import type { Log } from '../../lib/log.ts';
import type { Report as ServerReport } from '../../lib/report.ts';
import { type Result, refused } from '../../lib/result.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import { checkDevice } from './device.ts';
import { compare, findSpace } from './event.ts';
import { tryMedia } from './media.ts';
import { type Check, type CheckId, codeOf, type Here, settled, type Verdict, verdictOf } from './verdict.ts';

export interface Report {
  roomId: string | null;
  at: number; // unix ms
  checks: Check[];
  server: ServerReport | null; // the server's own report
  space: NostrEvent | null; // the nest's newest event on the relays
  verdict: Verdict;
}

export interface Subject {
  roomId: string | null; // null without a nest: only the server is checked
  host?: string | undefined; // known from a link
  relays?: string[];
  authorize: Authorize | null; // null without a user: the authenticated endpoint is skipped
  here?: string; // the page's own problem as a verdict code: 'autoplay_blocked', 'mic_denied', …
}

// Parts are the connections that the checks use.
export interface Parts {
  api: Api;
  connect: (url: string) => Link;
  origin: (endpoint: string) => { socket: string; gate: string };
  log: Log;
}

const titles: Record<CheckId, string> = {
  health: 'API health',
  info: 'Room info',
  guest: 'Guest access',
  member: 'Authenticated access',
  list: 'List of nests',
  server: 'Server report',
  event: 'Nostr event',
  websocket: 'Signalling',
  webrtc: 'Media path',
  turn: 'TURN relay',
  reconnect: 'Reconnecting',
  microphone: 'Microphone',
  here: 'This page',
};

// diagnose checks the API first: health, the nest's info, the guest endpoint and, with a user, the
// authenticated one. Without a nest it checks the list of nests. Then it fetches the server's own report,
// compares the nest's event with it, tests the audio path and checks this device. Each result goes to the
// console and to onCheck at once. onAPI receives the report before the audio path is tested.
export async function diagnose(
  { api, connect, origin, log }: Parts,
  subject: Subject,
  onCheck: (check: Check) => void = () => {},
  onAPI: (report: Report) => void = () => {},
): Promise<Report> {
  const { roomId, authorize } = subject;
  log('🔧 Running API diagnostics:', { roomId, hasUser: authorize !== null });
  const checks: Check[] = [];
  let server: ServerReport | null = null;
  let space: NostrEvent | null = null;
  const take = (check: Check): void => {
    checks.push(check);
    const status = check.failure ? check.failure.status : check.status === 'ok' ? 200 : null;
    const code = check.code || check.failure?.code;
    log(`🔧 ${titles[check.id]}:`, { result: check.status, status, ...(code ? { code } : {}), took_ms: check.ms });
    onCheck(check);
  };
  const ask = async <T>(id: CheckId, call: (() => Promise<Result<T>>) | null): Promise<Result<T> | null> => {
    const began = performance.now();
    const answer = call ? await call() : null;
    const failed = answer && !answer.ok ? answer.failure : null;
    take({
      id,
      status: answer ? statusOf(answer) : 'skipped',
      failure: failed,
      code: failed ? codeOf(failed) : '',
      says: '',
      ms: Math.round(performance.now() - began),
    });
    return answer;
  };
  const report = (): Report => ({
    roomId,
    at: Date.now(),
    checks: [...checks],
    server,
    space,
    verdict: verdictOf(roomId, checks, browserState()),
  });

  if (subject.here) {
    take({ id: 'here', status: 'warn', failure: null, code: subject.here, says: '', ms: 0 });
  }
  await ask('health', async () => checkHealth(await api.health()));
  let info: Result<Info> | null = null;
  if (roomId === null) {
    await ask('list', () => api.list());
  } else {
    info = await ask('info', () => api.info(roomId));
    await ask('guest', () => api.guest(roomId));
    await ask('member', authorize && (() => api.join(roomId, authorize)));
  }
  const config = await api.config();
  if (config.ok) {
    const began = performance.now();
    const answer = await api.diagnostics(roomId, authorize);
    server = answer.ok ? answer.value : null;
    take(serverCheck(answer, Math.round(performance.now() - began)));
    if (roomId !== null) {
      const start = performance.now();
      const relays = relaysOf(config.value, subject);
      const found = await findSpace(roomId, subject.host, relays, connect);
      space = found.event;
      take({
        id: 'event',
        failure: null,
        ms: Math.round(performance.now() - start),
        ...compare(found, info, config.value),
      });
    }
  }
  onAPI(report());
  if (config.ok && browserState().webRtc && !settled(report().verdict.code)) await tryMedia(api, origin, take);
  take(await checkDevice());
  const whole = report();
  log('🔧 API diagnostics complete:', { ...whole.verdict });
  return whole;
}

// browserState returns whether the browser is online and has WebRTC.
const browserState = (): Here => ({
  online: navigator.onLine !== false,
  webRtc: typeof RTCPeerConnection === 'function',
});

const relaysOf = ({ relay }: Config, { relays = [] }: Subject): string[] => [...new Set([relay, ...relays])];

// serverCheck turns the server's report into one check. If the server refuses the report, the check is skipped.
function serverCheck(answer: Result<ServerReport>, ms: number): Check {
  const shared = { id: 'server' as const, ms };
  if (!answer.ok) return { ...shared, status: 'skipped', failure: null, code: '', says: causeOf(answer.failure) };
  const { code, cause, side } = answer.value.verdict;
  if (code === 'healthy') return { ...shared, status: 'ok', failure: null, code: '', says: '' };
  return { ...shared, status: side === 'none' ? 'warn' : 'fail', failure: null, code, says: cause };
}

// checkHealth refuses an answer that is not a Nests server's: another program may answer on /health.
function checkHealth(answer: Result<{ status?: string }>): Result<unknown> {
  if (!answer.ok || answer.value?.status === 'healthy') return answer;
  return refused(failure('unexpected_answer'));
}

// Without an answer the status is unknown, never absent.
function statusOf(answer: Result<unknown>): Check['status'] {
  if (answer.ok) return 'ok';
  return answer.failure.status === 0 && answer.failure.code !== 'unexpected_answer' ? 'unknown' : 'fail';
}

// summary returns the toast text, with the marks of the troubleshooting guide, and the same in words for
// screen readers.
export function summary({ roomId, verdict }: Report): { marks: string; words: string } {
  const { roomExists, guestAccess } = verdict;
  const mark = (yes: boolean) => (roomId === null ? '➖' : yes ? '✅' : '❌');
  const word = (yes: boolean) => t(`diagnostics.summary.${roomId === null ? 'unasked' : yes ? 'yes' : 'no'}`);
  return {
    marks: t('diagnostics.summary', { room: mark(roomExists), guest: mark(guestAccess) }),
    words: t('diagnostics.summary.words', { room: word(roomExists), guest: word(guestAccess) }),
  };
}
