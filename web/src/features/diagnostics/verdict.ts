import type { Failure } from '../../lib/errors.ts';

// The verdict over the checks of the browser: one root cause and the scenario letter of the troubleshooting guide.

export type CheckId = 'health' | 'info' | 'guest' | 'member' | 'list';
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown' | 'skipped';

export interface Check {
  id: CheckId;
  status: CheckStatus;
  failure: Failure | null; // null when ok or skipped
  ms: number;
}

export type Scenario = 'A' | 'B' | 'C';
export type Side = 'server' | 'client' | 'none';

export interface Verdict {
  code: string; // word of the shared vocabulary
  scenario: Scenario | null;
  side: Side;
  roomExists: boolean;
  guestAccess: boolean;
}

// A refusal's code as the verdict it leads to.
const policy: Record<string, string> = {
  nest_ended: 'ended',
  nest_not_started: 'not_started',
  nest_private: 'private',
  nest_full: 'full',
  banned: 'banned',
  guests_not_allowed: 'guests_off',
};

const broken: Record<string, string> = {
  media_unavailable: 'media_down',
  store_unavailable: 'store_down',
};

// Which check of the signature failed.
const signature: Record<string, string> = {
  auth_time: 'clock_skew',
  auth_url: 'public_url_mismatch',
  auth_replayed: 'replayed',
};

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// What the browser says of itself.
export interface Here {
  online: boolean;
  webRtc: boolean;
}

export function verdictOf(roomId: string | null, checks: Check[], { online, webRtc }: Here): Verdict {
  const get = (id: CheckId) => checks.find((check) => check.id === id);
  const [health, info, guest, member] = [get('health'), get('info'), get('guest'), get('member')];
  const roomExists = info?.status === 'ok';
  const guestAccess = guest?.status === 'ok';
  const say = (code: string, scenario: Scenario | null, side: Side): Verdict => ({
    code,
    scenario,
    side,
    roomExists,
    guestAccess,
  });
  const doors = [info, guest, member, get('list')].filter((check) => check && check.status !== 'skipped');
  const allShut = doors.every((check) => check?.status !== 'ok');

  if (!online) return say('offline', null, 'client');
  if (health?.status !== 'ok' && allShut) return say('wrong_api_base', 'C', 'server');

  const codes = doors.map((check) => check?.failure?.code ?? '');
  const ended = codes.includes('nest_ended');
  if (ended) return say('ended', null, 'none');
  const failing = codes.find((code) => code in broken);
  if (failing) return say(broken[failing] ?? failing, roomExists && !guestAccess ? 'A' : null, 'server');

  if (info?.failure?.status === 404 && guest?.failure?.status === 404) {
    if (!idForm.test(roomId ?? '')) return say('wrong_room_id', 'C', 'client');
    return say('unknown_nest', 'B', 'server');
  }
  const memberCode = member?.failure?.code ?? '';
  if (memberCode === 'banned') return say('banned', null, 'none');
  if (member?.failure?.status === 401) return say(signature[memberCode] ?? 'bad_signature', null, 'client');
  if (roomExists && !guestAccess) {
    const code = guest?.failure?.code ?? '';
    return say(policy[code] ?? 'unexplained', 'A', policy[code] ? 'none' : 'server');
  }
  const reason = codes.find((code) => code in policy);
  if (reason) return say(policy[reason] ?? reason, null, 'none');
  if (doors.every((check) => check?.status === 'ok'))
    return webRtc ? say('healthy', null, 'none') : say('no_webrtc', null, 'client');
  return say('unexplained', null, 'server');
}
