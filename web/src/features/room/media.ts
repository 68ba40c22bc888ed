import type { DisconnectReason, Participant, Room } from 'livekit-client';
import { type Failure, failure } from '../../lib/errors.ts';
import { sleep } from '../../lib/time.ts';

// All that touches livekit-client, loaded when a nest is opened.
type LiveKit = typeof import('livekit-client');

export type { DisconnectReason };

export interface MediaEvents {
  onChanged(): void; // people, tracks, permissions or metadata
  onSpeakers(speakers: Participant[]): void;
  onSilent(): void; // the microphone gives nothing
  onPlayback(): void; // a voice started or stopped playing: ask isPlaybackBlocked
  onSignalLost(): void; // at once when the socket goes, long before livekit-client says Reconnecting
  onRecovered(): void;
  onDisconnected(reason: DisconnectReason | undefined): void;
}

// Some browsers are built without WebRTC, or have it turned off: no voice can reach them, whatever the server does.
export const hasWebRtc = (): boolean => typeof RTCPeerConnection === 'function';

// load is called ahead, when somebody reaches for Join.
export const load = (): Promise<LiveKit> => import('livekit-client');

// webSocketUrl is what livekit-client connects to, from an endpoint of the nest; it appends /rtc/v1 itself.
export function webSocketUrl(endpoints: string[] | undefined): string {
  const endpoint = endpoints?.find((url) => /^wss?\+livekit:\/\//.test(url));
  return endpoint ? endpoint.replace(/^(wss?)\+livekit:/, '$1:') : location.origin.replace(/^http/, 'ws');
}

export const httpOrigin = (ws: string): string => ws.replace(/^ws/, 'http').replace(/\/+$/, '');

// livekit-client gets two quick tries to resume, which keeps the media flowing through a short loss; then our own rejoin takes
// over with a fresh token. Its policy object is also the first to know that the socket went.
const resumeTries = 2;

// The sound goes on meanwhile. Long enough to learn first whether the server is there: a WebSocket that fails leaves its whole
// address, token and all, in the browser's console.
export const resumeAfter = 1_500; // ms

// Sound says whether a room is heard. One that is not plays all the same, ready to take over.
export interface Sound {
  muted: boolean;
}

// newRoom is not connected yet.
export async function newRoom(events: MediaEvents, sound: Sound, output: string): Promise<Room> {
  const lk = await load();
  lk.setLogLevel('silent'); // it may print URLs with the token in them; what matters we say ourselves
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

const handover = 3_000; // ms; longer than that nobody waits for a voice that does not come

// playsLike waits until a muted room plays as many voices as the one before it.
export async function playsLike(fresh: Room, before: Room): Promise<void> {
  const many = playing(before).length;
  for (const began = Date.now(); playing(fresh).length < many && Date.now() - began < handover; ) await sleep(20);
}

// takeOver lets a room be heard instead of the one before.
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

// isPlaybackBlocked says whether the browser keeps a voice from playing until a tap. The elements themselves are asked:
// canPlaybackAudio also follows an AudioContext that nothing here is heard through, and says yes while a voice stands still.
export function isPlaybackBlocked(room: Room): boolean {
  for (const participant of room.remoteParticipants.values()) {
    for (const { track } of participant.audioTrackPublications.values()) {
      if (track?.mediaStreamTrack.readyState === 'live' && track.attachedElements.some((element) => element.paused))
        return true;
    }
  }
  return false;
}

// release frees the microphone and the connection; nothing of the room stays behind.
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

// mediaFailure names why a connection did not come about.
export function mediaFailure(err: unknown): Failure {
  const status = (err as { status?: number }).status ?? 0;
  return { ...failure('media_unreachable_from_client', 'later'), status };
}
