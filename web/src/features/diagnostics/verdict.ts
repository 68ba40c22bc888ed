import type { Failure } from '../../lib/errors.ts';
import type { CheckStatus } from '../../lib/report.ts';

// The verdict over the checks of the browser: one root cause, and the scenario letter of the troubleshooting guide.

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
  | 'here'; // what this page is in the middle of

export interface Check {
  id: CheckId;
  status: CheckStatus;
  failure: Failure | null; // of a call to the API
  code: string; // the verdict this check alone leads to, '' when it is none
  says: string; // what was seen, '' where the failure tells
  ms: number;
}

type Scenario = 'A' | 'B' | 'C';
export type Side = 'server' | 'client' | 'relay' | 'none';

export interface Verdict {
  code: string; // word of the shared vocabulary
  scenario: Scenario | null;
  side: Side;
  roomExists: boolean;
  guestAccess: boolean;
}

// Causes go before their symptoms, in the order of the server's own table (internal/diagnose/verdict.go), which a test compares;
// what only a browser knows stands among them.
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

// settled says whether a cause goes before anything that the way of the sound could tell: then it need not be tried.
export function settled(code: string): boolean {
  const at = order.findIndex(([word]) => word === code);
  return at >= 0 && at < order.findIndex(([word]) => word === 'media_address_wrong');
}

// Refusals of the API as t.
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

// codeOf is what a refusal of one endpoint means.
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

// What the browser says of itself.
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

// The server does not know the nest: 404, and no word of what it was.
const isUnknown = (check: Check | undefined): boolean => check?.failure?.status === 404 && check.code === '';

// Where no cause is known, whatever failed or was not answered is unexplained. A health endpoint that is shut alone, with the rest
// open, hurts nobody.
function fallback(checks: Check[]): [string, Side] {
  const open = checks.filter(({ id }) => id !== 'health' && id !== 'here');
  return open.every(({ status }) => status !== 'fail' && status !== 'unknown')
    ? ['healthy', 'none']
    : ['unexplained', 'server'];
}
