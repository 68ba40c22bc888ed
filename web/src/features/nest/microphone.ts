import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { AudioCaptureOptions, Participant as LiveKitParticipant, Room } from 'livekit-client';
import { type Failure, failure } from '../../lib/errors.ts';
import { micFailure } from './micFailure.ts';

// The devices that the user chose.
export interface DeviceChoice {
  capture<T>(open: (how: AudioCaptureOptions) => Promise<T>): Promise<T>; // opens the microphone
  mic: ReadonlySignal<string>;
  output: ReadonlySignal<string>;
  cleaned: ReadonlySignal<boolean>;
}

// The user's microphone in the room that currentRoom returns. onChange is called after it was turned on or off.
export function createMicrophone(devices: DeviceChoice, currentRoom: () => Room | null, onChange: () => void) {
  const on = signal(false);
  const problem = signal<Failure | null>(null);
  const silenced = signal(0); // how often another user turned it off
  let wanted = false; // kept through a reconnect on stage

  // set opens the microphone when it is first turned on, and never before.
  async function set(to: boolean): Promise<void> {
    wanted = to;
    problem.value = null;
    const room = currentRoom();
    try {
      await devices.capture(async (how) => room?.localParticipant.setMicrophoneEnabled(to, how));
    } catch (err) {
      wanted = false;
      if (currentRoom() === room) problem.value = micFailure(err);
    }
    onChange();
  }

  // follow applies the state of the microphone in the room.
  function follow(room: Room, onStage: boolean): void {
    const local = room.localParticipant;
    const tracks = [...local.trackPublications.values()];
    // It was on, is wanted, and is muted now: a moderator did it. Only the user may turn it on again. (A track that is
    // gone means something else: the connection is closing.)
    if (on.value && wanted && onStage && tracks.some((track) => track.isMuted)) {
      wanted = false;
      silenced.value++;
    }
    on.value = local.isMicrophoneEnabled;
    if (onStage) return;
    wanted = false;
    if (tracks.length > 0) void release(room);
  }

  // release closes the device after leaving the stage, so that the browser no longer shows that it records.
  async function release({ localParticipant }: Room): Promise<void> {
    for (const { track } of localParticipant.trackPublications.values()) {
      if (track) await localParticipant.unpublishTrack(track, true);
    }
  }

  // onSilent: the microphone is on, and delivers only silence. onSpeakers ends that when the user is heard.
  function onSilent(): void {
    if (on.peek()) problem.value = failure('mic_silent');
  }

  function onSpeakers(speakers: readonly LiveKitParticipant[]): void {
    if (problem.peek()?.code === 'mic_silent' && speakers.some((speaker) => speaker.isLocal)) problem.value = null;
  }

  // Devices chosen while connected are used at once.
  effect(() => {
    void devices.mic.value;
    void devices.cleaned.value;
    untracked(() => void restartCapture());
  });
  effect(() => {
    const output = devices.output.value;
    untracked(() => void playOn(output));
  });

  // restartCapture replaces the source of the track, which stays on or off. Other participants see no change.
  async function restartCapture(): Promise<void> {
    const room = currentRoom();
    const tracks = [...(room?.localParticipant.audioTrackPublications.values() ?? [])].flatMap(
      ({ audioTrack }) => audioTrack ?? [],
    );
    if (!room || tracks.length === 0) return;
    problem.value = null;
    try {
      for (const track of tracks) {
        await devices.capture((how) => track.restartTrack(how));
        if (await track.checkForSilence()) onSilent();
      }
    } catch (err) {
      wanted = false; // the previous source is closed, too
      await release(room);
      if (currentRoom() === room) problem.value = micFailure(err);
    }
  }

  // playOn plays the voices on a loudspeaker. Where the browser does not allow the choice, nothing changes.
  async function playOn(output: string): Promise<void> {
    await currentRoom()
      ?.switchActiveDevice('audiooutput', output === '' ? 'default' : output)
      .catch(() => undefined);
  }

  // reset forgets the state of an earlier nest.
  function reset(): void {
    problem.value = null;
    wanted = false;
  }

  // drop: the room is closed. wanted stays.
  function drop(): void {
    on.value = false;
  }

  return { on, problem, silenced, set, follow, onSilent, onSpeakers, reset, drop, wanted: () => wanted };
}
