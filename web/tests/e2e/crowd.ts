import {
  ParticipantInfo,
  ParticipantInfo_State,
  ParticipantPermission,
  ParticipantUpdate,
  SignalResponse,
  SpeakerInfo,
  SpeakersChanged,
  TrackInfo,
  TrackSource,
  TrackType,
} from '@livekit/protocol';
import type { Page, WebSocketRoute } from '@playwright/test';

// People as LiveKit tells of them, without anybody there.
export const onStage = 20;

const hex = (number: number): string => number.toString(16).padStart(4, '0').repeat(16);

const microphone = (number: number) =>
  new TrackInfo({ sid: `TR_${number}`, type: TrackType.AUDIO, source: TrackSource.MICROPHONE, muted: false });

export const person = (number: number) =>
  new ParticipantInfo({
    sid: `PA_${number}`,
    identity: hex(number + 1),
    state: ParticipantInfo_State.ACTIVE,
    joinedAt: BigInt(1_700_000_000 + number),
    tracks: number < onStage ? [microphone(number)] : [],
    permission: new ParticipantPermission({ canSubscribe: true, canPublish: number < onStage }),
  });

export const update = (people: ParticipantInfo[]): Uint8Array =>
  new SignalResponse({
    message: { case: 'update', value: new ParticipantUpdate({ participants: people }) },
  }).toBinary();

export const speakers = (numbers: number[]): Uint8Array =>
  new SignalResponse({
    message: {
      case: 'speakersChanged',
      value: new SpeakersChanged({
        speakers: Array.from({ length: onStage }, (_, number) => {
          const active = numbers.includes(number);
          return new SpeakerInfo({ sid: `PA_${number}`, level: active ? 0.3 : 0, active });
        }),
      }),
    },
  }).toBinary();

// signalling is the page's own connection to LiveKit, into which a test puts what the server would say; first goes
// in as soon as the server let the page in.
export async function signalling(page: Page, first?: Uint8Array): Promise<(data: Uint8Array) => void> {
  let socket: WebSocketRoute | null = null;
  await page.routeWebSocket(/\/rtc/, (route) => {
    let waiting = first;
    socket = route;
    const server = route.connectToServer();
    server.onMessage((message) => {
      route.send(message);
      if (waiting) route.send(Buffer.from(waiting));
      waiting = undefined;
    });
    route.onMessage((message) => server.send(message));
  });
  return (data) => socket?.send(Buffer.from(data));
}
