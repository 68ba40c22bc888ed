import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLive } from '../../src/features/nest/live.ts';
import type { Session } from '../../src/features/session/session.ts';
import { createSound } from '../../src/features/settings/sound.ts';
import type { Api } from '../../src/lib/api.ts';
import { box } from '../../src/lib/storage.ts';
import { host, id, info, no, yes } from './kit.ts';

// Fakes of the server and of LiveKit, as far as reconnecting uses them.
const server = { up: true, canPublish: true, opened: 0 };

vi.mock('../../src/features/nest/media.ts', async (original) => ({
  ...(await original<object>()),
  hasWebRtc: () => true,
  load: async () => ({}),
  newRoom: async () => fakeRoom(),
  release: async () => {},
}));

function fakeRoom() {
  const local = {
    identity: host,
    isLocal: true,
    permissions: { canPublish: server.canPublish },
    trackPublications: new Map(),
    isMicrophoneEnabled: false,
    setMicrophoneEnabled: async (to: boolean) => {
      server.opened += to ? 1 : 0;
      local.isMicrophoneEnabled = to;
    },
  };
  return {
    localParticipant: local,
    remoteParticipants: new Map(),
    connect: async () => {},
    startAudio: async () => {},
  };
}

async function speaking() {
  const api = {
    info: async () => yes(info),
    join: async () => yes({ token: 'one' }),
    gate: async () => yes(null),
    ready: async () => (server.up ? yes(null) : no(503)),
  };
  const sound = createSound(box(() => localStorage));
  const live = createLive({
    api: api as unknown as Api,
    session: { user: signal({ pubkey: host }) } as unknown as Session,
    tab: box(() => sessionStorage),
    log: () => {},
    invites: { of: () => undefined, used: () => {} } as never,
    follow: () => () => {},
    sound,
  });
  await live.enter({ address: { id } as never, path: '/' }, 'member');
  await live.setMic(true);
  expect([live.phase.value.at, live.micOn.value]).toEqual(['connected', true]);
  return live;
}

async function outage(live: Awaited<ReturnType<typeof speaking>>, meanwhile = () => {}): Promise<void> {
  server.up = false;
  void live.reconnect();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(live.phase.value.at).toBe('reconnecting');
  meanwhile();
  server.up = true;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(live.phase.value.at).toBe('connected');
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(server, { up: true, canPublish: true, opened: 0 });
});
afterEach(() => vi.useRealTimers());

it('turns a microphone on again that was on before an outage', async () => {
  const live = await speaking();
  await outage(live);
  expect([live.micOn.value, server.opened]).toEqual([true, 2]);
});

it('leaves a microphone off that the user turned off during the outage', async () => {
  const live = await speaking();
  await outage(live, () => void live.setMic(false));
  expect([live.micOn.value, server.opened]).toEqual([false, 1]);
});

it('leaves the microphone off after a move to the audience during the outage, also when back on stage', async () => {
  const live = await speaking();
  await outage(live, () => {
    server.canPublish = false;
  });
  expect([server.opened, live.micProblem.value]).toEqual([1, null]);
  await outage(live, () => {
    server.canPublish = true;
  });
  expect([live.micOn.value, server.opened]).toEqual([false, 1]);
});
