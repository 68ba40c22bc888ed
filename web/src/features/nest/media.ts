import type { DisconnectReason, Participant as LiveKitParticipant, Room } from 'livekit-client';
import { type Failure, failure } from '../../lib/errors.ts';
import { sleep } from '../../lib/time.ts';

// Everything that uses livekit-client, which is loaded when a nest is opened.
type LiveKit = typeof import('livekit-client');

export type { DisconnectReason };

export interface MediaEvents {
  onChanged(): void; // participants, tracks, permissions or metadata
  onSpeakers(speakers: LiveKitParticipant[]): void;
  onSilent(): void; // the microphone delivers only silence
  onPlayback(): void; // a voice started or stopped: isPlaybackBlocked may have changed
  onSignalLost(): void; // as soon as the WebSocket closes, long before livekit-client reports Reconnecting
  onRecovered(): void;
  onDisconnected(reason: DisconnectReason | undefined): void;
}

// Some browsers are built without WebRTC, or have it turned off. They cannot play any voice.
export const hasWebRtc = (): boolean => typeof RTCPeerConnection === 'function';

// load is called ahead, when the pointer reaches a join button.
export const load = (): Promise<LiveKit> => import('livekit-client');

// webSocketUrl returns what livekit-client connects to, from an endpoint of the nest. livekit-client appends /rtc/v1.
export function webSocketUrl(endpoints: string[] | undefined): string {
  const endpoint = endpoints?.find((url) => /^wss?\+livekit:\/\//.test(url));
  return endpoint ? endpoint.replace(/^(wss?)\+livekit:/, '$1:') : location.origin.replace(/^http/, 'ws');
}

export const httpOrigin = (ws: string): string => ws.replace(/^ws/, 'http').replace(/\/+$/, '');

// livekit-client gets two quick attempts to resume, which keeps the media flowing through a short loss. Then
// reconnect.ts takes over with a fresh token. The policy object of livekit-client is also the first to learn that the
// WebSocket closed.
const resumeTries = 2;

// Long enough to learn first whether the server answers: browsers print the address of a WebSocket that fails to the
// console, with the token in it. The sound goes on meanwhile.
export const resumeAfter = 1_500; // ms

// Whether a room is audible. A muted one plays too, and is ready to take over.
export interface Sound {
  muted: boolean;
}

// newRoom returns a room that is not connected yet.
export async function newRoom(events: MediaEvents, sound: Sound, output: string): Promise<Room> {
  const lk = await load();
  lk.setLogLevel('silent'); // it may print URLs with the token in them
  const room = new lk.Room({
    webAudioMix: false, // WebKit suspends AudioContexts in the background
    stopLocalTrackOnUnpublish: true,
    publishDefaults: { red: true, dtx: true },
    ...(output === '' ? {} : { audioOutput: { deviceId: output } }),
    reconnectPolicy: {
      nextRetryDelayInMs: ({ retryCount }) => {
        if (retryCount === 0) events.onSignalLost();
        return retryCount < resumeTries ? resumeAfter + 500 * Math.random() : null;
      },
    },
  });
  const { RoomEvent } = lk;
  for (const event of [
    RoomEvent.ParticipantConnected,
    RoomEvent.ParticipantDisconnected,
    RoomEvent.ParticipantPermissionsChanged,
    RoomEvent.ParticipantAttributesChanged,
    RoomEvent.RoomMetadataChanged,
    RoomEvent.ConnectionQualityChanged,
    RoomEvent.TrackPublished,
    RoomEvent.TrackUnpublished,
    RoomEvent.TrackSubscribed,
    RoomEvent.TrackMuted,
    RoomEvent.TrackUnmuted,
    RoomEvent.LocalTrackPublished,
    RoomEvent.LocalTrackUnpublished,
  ] as const) {
    room.on(event, events.onChanged);
  }
  return room
    .on(RoomEvent.TrackSubscribed, (track) => {
      const element = track.attach();
      element.hidden = true;
      element.muted = sound.muted;
      element.onplay = element.onpause = events.onPlayback;
      document.body.append(element);
      events.onPlayback();
    })
    .on(RoomEvent.TrackUnsubscribed, (track) => {
      for (const element of track.detach()) element.remove();
      events.onPlayback();
    })
    .on(RoomEvent.ActiveSpeakersChanged, events.onSpeakers)
    .on(RoomEvent.LocalAudioSilenceDetected, events.onSilent)
    .on(RoomEvent.Reconnected, events.onRecovered)
    .on(RoomEvent.Disconnected, events.onDisconnected);
}

const handover = 3_000; // ms, the longest wait for voices that do not arrive

// waitUntilPlaying waits until the fresh room plays as many voices as the one before it, or the time is over.
export async function waitUntilPlaying(fresh: Room, before: Room): Promise<void> {
  const many = playing(before).length;
  for (const began = Date.now(); playing(fresh).length < many && Date.now() - began < handover; ) await sleep(20);
}

// takeOver unmutes the fresh room and releases the one before.
export function takeOver(fresh: Room, sound: Sound, before: Room): void {
  sound.muted = false;
  for (const element of elements(fresh)) element.muted = false;
  void release(before);
}

const elements = (room: Room): HTMLMediaElement[] =>
  [...room.remoteParticipants.values()].flatMap(({ audioTrackPublications }) =>
    [...audioTrackPublications.values()].flatMap(({ track }) => track?.attachedElements ?? []),
  );

const playing = (room: Room): HTMLMediaElement[] =>
  elements(room).filter(({ paused, currentTime }) => !paused && currentTime > 0);

// isPlaybackBlocked reports whether the browser keeps a voice from playing until a tap. It checks the audio elements,
// because LiveKit's canPlaybackAudio also depends on an AudioContext that no voice uses here, and can be true while a
// voice is paused.
export function isPlaybackBlocked(room: Room): boolean {
  for (const participant of room.remoteParticipants.values()) {
    for (const { track } of participant.audioTrackPublications.values()) {
      if (track?.mediaStreamTrack.readyState === 'live' && track.attachedElements.some((element) => element.paused))
        return true;
    }
  }
  return false;
}

// release frees the microphone, the audio elements and the connection of a room.
export async function release(room: Room): Promise<void> {
  room.removeAllListeners();
  for (const publication of room.localParticipant.trackPublications.values()) publication.track?.stop();
  for (const participant of room.remoteParticipants.values()) {
    for (const publication of participant.trackPublications.values()) {
      for (const element of publication.track?.detach() ?? []) element.remove();
    }
  }
  await room.disconnect().catch(() => undefined);
}

export const noWebRtc = (): Failure => failure('no_webrtc', 'never');

// mediaFailure is the failure of a connection that could not be made.
export function mediaFailure(err: unknown): Failure {
  const status = (err as { status?: number }).status ?? 0;
  return { ...failure('media_unreachable_from_client', 'later'), status };
}
