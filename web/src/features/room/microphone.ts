import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { AudioCaptureOptions, Participant, Room } from 'livekit-client';
import { type Failure, failure } from '../../lib/errors.ts';
import { micFailure } from './micFailure.ts';

// The devices that the user chose.
export interface DeviceChoice {
  capture<T>(open: (how: AudioCaptureOptions) => Promise<T>): Promise<T>; // opens the microphone
  mic: ReadonlySignal<string>;
  output: ReadonlySignal<string>;
  cleaned: ReadonlySignal<boolean>;
}

// The user's microphone in the room he is in, which inside tells; onChange is called after it was turned on or off.
export function createMicrophone(devices: DeviceChoice, inside: () => Room | null, onChange: () => void) {
  const on = signal(false);
  const problem = signal<Failure | null>(null);
  const silenced = signal(0); // how often somebody else turned it off
  let wanted = false; // survives a rejoin on stage

  // set asks for the microphone at the first unmute and never before.
  async function set(to: boolean): Promise<void> {
    wanted = to;
    problem.value = null;
    const room = inside();
    try {
      await devices.capture(async (how) => room?.localParticipant.setMicrophoneEnabled(to, how));
    } catch (err) {
      wanted = false;
      if (inside() === room) problem.value = micFailure(err);
    }
    onChange();
  }

  // follow takes over what became of it in the room.
  function follow(room: Room, onStage: boolean): void {
    const local = room.localParticipant;
    const tracks = [...local.trackPublications.values()];
    // On before, wanted and muted now: a moderator did it. Only the user turns it on again. (A track that is gone is another
    // matter: the connection is going, too.)
    if (on.value && wanted && onStage && tracks.some((track) => track.isMuted)) {
      wanted = false;
      silenced.value++;
    }
    on.value = local.isMicrophoneEnabled;
    if (onStage) return;
    wanted = false;
    if (tracks.length > 0) void putAway(room);
  }

  // putAway after leaving the stage releases the device, so that the browser's red dot goes too.
  async function putAway({ localParticipant }: Room): Promise<void> {
    for (const { track } of localParticipant.trackPublications.values()) {
      if (track) await localParticipant.unpublishTrack(track, true);
    }
  }

  // silent: it is on, and nothing comes of it. heard ends that.
  function silent(): void {
    if (on.peek()) problem.value = failure('mic_silent');
  }

  function heard(speakers: readonly Participant[]): void {
    if (problem.peek()?.code === 'mic_silent' && speakers.some((one) => one.isLocal)) problem.value = null;
  }

  // What is chosen while one is inside is taken at once.
  effect(() => {
    void devices.mic.value;
    void devices.cleaned.value;
    untracked(() => void captureAnew());
  });
  effect(() => {
    const output = devices.output.value;
    untracked(() => void playOn(output));
  });

  // captureAnew puts another source under the track, on or off as it is: to everybody else the track stays the same.
  async function captureAnew(): Promise<void> {
    const room = inside();
    const tracks = [...(room?.localParticipant.audioTrackPublications.values() ?? [])].flatMap(
      (one) => one.audioTrack ?? [],
    );
    if (!room || tracks.length === 0) return;
    problem.value = null;
    try {
      for (const track of tracks) {
        await devices.capture((how) => track.restartTrack(how));
        if (await track.checkForSilence()) silent();
      }
    } catch (err) {
      wanted = false; // the source before is gone, too
      await putAway(room);
      if (inside() === room) problem.value = micFailure(err);
    }
  }

  // playOn has the voices come from a loudspeaker, where the browser lets it be chosen; else the one that sounds goes on.
  async function playOn(output: string): Promise<void> {
    await inside()
      ?.switchActiveDevice('audiooutput', output === '' ? 'default' : output)
      .catch(() => undefined);
  }

  // begin forgets the nest before.
  function begin(): void {
    problem.value = null;
    wanted = false;
  }

  // drop: the room is gone; what was wanted stays.
  function drop(): void {
    on.value = false;
  }

  return { on, problem, silenced, set, follow, silent, heard, begin, drop, wanted: () => wanted };
}
