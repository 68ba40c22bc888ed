import type { CheckInfo } from 'livekit-client';
import type { Api } from '../../lib/api.ts';
import { t } from '../../lib/i18n.ts';
import type { Check, CheckId } from './verdict.ts';

// Tests the audio path with livekit-client's own checks, in a test room that the server creates.

const most = 20_000; // ms per step

// The numbers of livekit-client's CheckStatus.
const skipped = 2;
const success = 3;

type Step = [id: Extract<CheckId, 'websocket' | 'webrtc' | 'turn' | 'reconnect'>, run: () => Promise<CheckInfo>];

// tryMedia reports each step. It asks the gate first, because a browser logs the whole address of a failed
// WebSocket.
export async function tryMedia(
  api: Api,
  origin: (endpoint: string) => { socket: string; gate: string },
  onCheck: (check: Check) => void,
): Promise<void> {
  const began = performance.now();
  const room = await api.checkRoom();
  const gate = room.ok ? await api.gate(origin(room.value.endpoint).gate, room.value.token) : room;
  if (!room.ok || !gate.ok) {
    const failure = room.ok ? (gate.ok ? null : gate.failure) : room.failure;
    const code = failure?.code === 'media_unavailable' ? 'media_down' : '';
    onCheck({
      id: 'websocket',
      status: failure?.status === 429 ? 'skipped' : 'fail',
      failure,
      code,
      says: '',
      ms: since(began),
    });
    return;
  }
  const { ConnectionCheck, setLogLevel } = await import('livekit-client');
  setLogLevel('silent');
  const check = new ConnectionCheck(origin(room.value.endpoint).socket, room.value.token);
  const steps: Step[] = [
    ['websocket', () => check.checkWebsocket()],
    ['webrtc', () => check.checkWebRTC()],
    ['turn', () => check.checkTURN()],
    ['reconnect', () => check.checkReconnect()],
  ];
  for (const [id, run] of steps) {
    const start = performance.now();
    const info = await Promise.race([run().catch(() => null), late()]);
    const done = checkOf(id, info, since(start));
    onCheck(done);
    if (done.status === 'fail' && id !== 'turn') return; // the next steps depend on it
  }
}

const late = (): Promise<null> => new Promise((done) => setTimeout(() => done(null), most));
const since = (began: number): number => Math.round(performance.now() - began);

function checkOf(id: Step[0], info: CheckInfo | null, ms: number): Check {
  const status = info?.status === success ? 'ok' : info?.status === skipped ? 'skipped' : 'fail';
  const worst = info?.logs.filter(({ level }) => level === 'error') ?? [];
  const tried = info?.logs.filter(({ level, message }) => level === 'info' && /^(udp|tcp) /.test(message)) ?? [];
  const says =
    status === 'fail'
      ? [...worst, ...tried.slice(0, 4)].map(({ message }) => message.replace(/\beyJ[\w.-]+/g, '…')).join('; ') ||
        t('diagnostics.late')
      : '';
  const code = id === 'turn' ? 'turn_broken' : 'media_unreachable_from_client';
  return { id, status, failure: null, code: status === 'fail' ? code : '', says, ms };
}
