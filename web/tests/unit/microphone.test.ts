import type { Room } from 'livekit-client';
import { expect, it, vi } from 'vitest';
import { createMicrophone } from '../../src/features/nest/microphone.ts';
import { createSound } from '../../src/features/settings/sound.ts';
import { box } from '../../src/lib/storage.ts';

// A room as in Safari: its loudspeaker cannot be chosen.
function rig() {
  localStorage.clear();
  const devices = createSound(box(() => localStorage));
  const track = {
    restartTrack: vi.fn(async (_: unknown) => {}),
    checkForSilence: async () => false,
  };
  const publications = new Map([['mic', { track, audioTrack: track, isMuted: false }]]);
  const local = {
    isMicrophoneEnabled: true,
    trackPublications: publications,
    audioTrackPublications: publications,
    setMicrophoneEnabled: vi.fn(async () => {}),
    unpublishTrack: vi.fn(async () => publications.clear()),
  };
  const room = {
    localParticipant: local,
    switchActiveDevice: vi.fn(async () => Promise.reject(new Error('cannot switch audio output'))),
  };
  const mic = createMicrophone(devices, () => room as unknown as Room, vi.fn());
  return { devices, track, local, room, mic };
}

const settled = () => new Promise((done) => setTimeout(done));

it('applies only what changed, and reports no problem if the loudspeaker cannot be chosen', async () => {
  const { devices, track, local, room, mic } = rig();
  await mic.set(true);
  await settled();
  vi.clearAllMocks();
  devices.choose('mic', 'other');
  await settled();
  expect(track.restartTrack.mock.calls).toMatchObject([[{ deviceId: { exact: 'other' }, noiseSuppression: true }]]);
  devices.clean(false);
  await settled();
  expect(track.restartTrack.mock.lastCall).toMatchObject([{ deviceId: { exact: 'other' }, noiseSuppression: false }]);
  expect(room.switchActiveDevice).not.toHaveBeenCalled();
  devices.choose('output', 'headset');
  await settled();
  expect(room.switchActiveDevice).toHaveBeenCalledExactlyOnceWith('audiooutput', 'headset');
  expect(track.restartTrack).toHaveBeenCalledTimes(2);
  expect(local.setMicrophoneEnabled, 'nobody sees it go off').not.toHaveBeenCalled();
  expect([mic.problem.value, mic.wanted()]).toEqual([null, true]);
});

it('closes a microphone whose new source fails to open, and reports it', async () => {
  const { devices, track, local, mic } = rig();
  await mic.set(true);
  await settled();
  track.restartTrack.mockRejectedValue(new DOMException('in use', 'NotReadableError'));
  devices.choose('mic', 'other');
  await settled();
  expect(local.unpublishTrack).toHaveBeenCalledOnce();
  expect(mic.problem.value).not.toBeNull();
  expect(mic.wanted()).toBe(false);
});
