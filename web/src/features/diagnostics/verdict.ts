import type { Failure } from '../../lib/errors.ts';
import type { CheckStatus } from '../../lib/report.ts';

// The verdict over the browser's checks: one root cause, and the scenario letter of the troubleshooting
// guide.

export type CheckId =
  | 'health'
  | 'info'
  | 'guest'
  | 'member'
  | 'list'
  | 'server' // the server's own report
  | 'event'
  | 'websocket'
  | 'webrtc'
  | 'turn'
  | 'reconnect'
  | 'microphone'
  | 'here'; // the page's own problem

export interface Check {
  id: CheckId;
  status: CheckStatus;
  failure: Failure | null; // of an API call
  code: string; // the verdict of this check alone, '' for none
  says: string; // the result in words, '' if the failure has them
  ms: number;
}

type Scenario = 'A' | 'B' | 'C';
export type Side = 'server' | 'client' | 'relay' | 'none';

export interface Verdict {
  code: string; // a code of internal/diagnose/verdict.go, or one of the browser
  scenario: Scenario | null;
  side: Side;
  roomExists: boolean;
  guestAccess: boolean;
}

// Causes stand before their symptoms, in the order of the server's table (internal/diagnose/verdict.go; a
// test compares them). Causes that only a browser knows stand between them.
export const order: [code: string, side: Side][] = [
  ['offline', 'client'],
  ['store_corrupt', 'server'],
  ['store_too_new', 'server'],
  ['disk_full', 'server'],
  ['store_readonly', 'server'],
  ['store_locked', 'server'],
  ['store_down', 'server'],
  ['certificate_wrong', 'server'],
  ['wrong_api_base', 'server'],
  ['media_credentials', 'server'],
  ['media_down', 'server'],
  ['loop_stalled', 'server'],
  ['wrong_room_id', 'client'],
  ['wrong_server', 'none'],
  ['id_mismatch', 'server'],
  ['orphan_space', 'server'],
  ['room_without_nest', 'server'],
  ['foreign_room', 'none'],
  ['unknown_nest', 'server'],
  ['clock_skew', 'client'],
  ['public_url_mismatch', 'server'],
  ['replayed', 'client'],
  ['bad_signature', 'client'],
  ['banned', 'none'],
  ['ended', 'none'],
  ['private', 'none'],
  ['not_started', 'none'],
  ['full', 'none'],
  ['guests_off', 'none'],
  ['media_address_wrong', 'server'],
  ['turn_broken', 'server'],
  ['no_webrtc', 'client'],
  ['media_unreachable_from_client', 'client'],
  ['other_tab', 'none'],
  ['insecure_origin', 'client'],
  ['in_app_browser', 'client'],
  ['mic_denied', 'client'],
  ['no_mic', 'client'],
  ['mic_busy', 'client'],
  ['mic_silent', 'client'],
  ['autoplay_blocked', 'client'],
  ['repairing', 'server'],
  ['signature_owed', 'server'],
  ['relay_down', 'server'],
  ['relay_refused', 'relay'],
  ['relay_unreachable', 'relay'],
  ['relay_lagging', 'relay'],
  ['certificate_ends', 'server'],
  ['webhooks_silent', 'server'],
];

// settled reports whether a cause ranks before every result of the media test, which is not needed then.
export function settled(code: string): boolean {
  const at = order.findIndex(([word]) => word === code);
  return at >= 0 && at < order.findIndex(([word]) => word === 'media_address_wrong');
}

// refusals maps the API's error codes to verdicts.
const refusals: Record<string, string> = {
  nest_ended: 'ended',
  nest_not_started: 'not_started',
  nest_private: 'private',
  nest_full: 'full',
  banned: 'banned',
  guests_not_allowed: 'guests_off',
  media_unavailable: 'media_down',
  store_unavailable: 'store_down',
  auth_time: 'clock_skew',
  auth_url: 'public_url_mismatch',
  auth_replayed: 'replayed',
};

// codeOf returns the verdict of an API failure.
export function codeOf({ code, status }: Failure): string {
  return refusals[code] ?? (status === 401 ? 'bad_signature' : '');
}

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const guides: Record<string, Scenario> = {
  unknown_nest: 'B',
  orphan_space: 'B',
  room_without_nest: 'B',
  wrong_api_base: 'C',
  wrong_room_id: 'C',
};

// Here is what the browser reports about itself.
export interface Here {
  online: boolean;
  webRtc: boolean;
}

export function verdictOf(roomId: string | null, checks: Check[], { online, webRtc }: Here): Verdict {
  const get = (id: CheckId) => checks.find((check) => check.id === id);
  const [info, guest] = [get('info'), get('guest')];
  const roomExists = info?.status === 'ok';
  const guestAccess = guest?.status === 'ok';

  const found = new Set(checks.filter(({ status }) => status !== 'ok' && status !== 'skipped').map(({ code }) => code));
  const doors = checks.filter(
    ({ id, status }) => ['info', 'guest', 'member', 'list'].includes(id) && status !== 'skipped',
  );
  const shut = doors.every(({ status }) => status !== 'ok');
  if (!webRtc) found.add('no_webrtc');
  if (!online) found.add('offline');
  else if (get('health')?.status !== 'ok' && shut) found.add('wrong_api_base');
  else if (isUnknown(info) && isUnknown(guest)) found.add(idForm.test(roomId ?? '') ? 'unknown_nest' : 'wrong_room_id');

  const [code, side] = order.find(([word]) => found.has(word)) ?? fallback(checks);
  const scenario = guides[code] ?? (code !== 'healthy' && roomExists && guest?.status === 'fail' ? 'A' : null);
  return { code, scenario, side, roomExists, guestAccess };
}

// The server does not know the nest: a 404 without a code.
const isUnknown = (check: Check | undefined): boolean => check?.failure?.status === 404 && check.code === '';

// Without a known cause, a failed or unanswered check is unexplained. A health endpoint that fails alone is
// ignored, because nests work without it.
function fallback(checks: Check[]): [string, Side] {
  const open = checks.filter(({ id }) => id !== 'health' && id !== 'here');
  return open.every(({ status }) => status !== 'fail' && status !== 'unknown')
    ? ['healthy', 'none']
    : ['unexplained', 'server'];
}
