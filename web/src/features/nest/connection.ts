import type { Room } from 'livekit-client';
import type { Api } from '../../lib/api.ts';
import { isAway } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { IsCurrent } from './attempts.ts';
import {
  type DisconnectReason,
  httpOrigin,
  isPlaybackBlocked,
  type MediaEvents,
  mediaFailure,
  newRoom,
  release,
  takeOver,
  waitUntilPlaying,
  webSocketUrl,
} from './media.ts';
import { createMicrophone, type DeviceChoice } from './microphone.ts';
import { createLevels, participantsOf, rolesFrom } from './participants.ts';
import type { LiveState } from './state.ts';
import { createVolumes } from './volumes.ts';

const batch = 50; // ms; changes within it are drawn together

interface Parts {
  api: Api;
  log: Log;
  devices: DeviceChoice;
  state: LiveState;
}

export interface ConnectionEvents {
  onConnected(): void;
  onSignalLost(): void; // the WebSocket is gone; the sound may go on
  onDisconnected(reason: DisconnectReason | undefined): void;
}

export type Connection = ReturnType<typeof createConnection>;

// The one connection to LiveKit, and what the page shows of it. Who connects, and why, is decided elsewhere.
export function createConnection({ api, log, devices, state }: Parts, events: ConnectionEvents) {
  const { phase, route, info, participants, roles, me, soundBlocked } = state;
  let room: Room | null = null;
  let refreshing: ReturnType<typeof setTimeout> | undefined;
  const levels = createLevels();
  const volumes = createVolumes();
  const mic = createMicrophone(devices, () => room, refresh);

  // connect opens a room with a token. A seamless one replaces the room before, which is heard until the new one plays.
  async function connect(isCurrent: IsCurrent, token: string, seamless = false): Promise<Result<null>> {
    const before = seamless ? room : null;
    if (phase.value.at === 'joining') phase.value = { at: 'joining', step: 'media' };
    const url = webSocketUrl(info.value?.endpoints);
    // Asked before the WebSocket opens, not after it failed: browsers print the whole address of one that fails, with
    // the token.
    const gate = await api.gate(httpOrigin(url), token);
    if (!gate.ok && isAway(gate.failure) && httpOrigin(url) !== location.origin) return refused(mediaFailure(null));
    if (!gate.ok && gate.failure.status !== 404) return gate;
    let fresh: Room | null = null;
    const sound = { muted: before !== null };
    try {
      fresh = await newRoom(
        eventsOf(() => fresh),
        sound,
        devices.output.peek(),
      );
      if (!isCurrent()) return ok(null);
      await fresh.connect(url, token, { autoSubscribe: true });
      if (isCurrent() && before) await waitUntilPlaying(fresh, before);
    } catch (err) {
      if (fresh) await release(fresh);
      return refused(mediaFailure(err));
    }
    if (!isCurrent()) {
      await release(fresh);
      return ok(null);
    }
    room = fresh;
    if (before) takeOver(fresh, sound, before);
    phase.value = { at: 'connected' };
    refresh();
    updatePlayback();
    events.onConnected();
    fresh.startAudio().catch(() => undefined); // updatePlayback shows a refusal
    return ok(null);
  }

  // eventsOf ignores the events of a room that has been replaced or dropped.
  function eventsOf(own: () => Room | null): MediaEvents {
    const ifOpen =
      <A extends unknown[]>(then: (...args: A) => void) =>
      (...args: A): void => {
        if (room !== null && room === own()) then(...args);
      };
    return {
      onChanged: ifOpen(refreshSoon),
      onSpeakers: ifOpen((speakers) => {
        levels.show(speakers);
        mic.onSpeakers(speakers);
      }),
      onSilent: ifOpen(mic.onSilent),
      onPlayback: ifOpen(updatePlayback),
      onSignalLost: ifOpen(events.onSignalLost),
      onRecovered: ifOpen(() => {
        if (phase.value.at === 'reconnecting') phase.value = { at: 'connected' };
        refresh();
      }),
      onDisconnected: ifOpen(events.onDisconnected),
    };
  }

  // refreshSoon draws once what arrives within a moment: two thousand participants are two thousand events.
  function refreshSoon(): void {
    refreshing ??= setTimeout(refresh, batch);
  }

  function refresh(): void {
    clearTimeout(refreshing);
    refreshing = undefined;
    if (!room) return;
    roles.value = rolesFrom(room.metadata) ?? roles.value;
    participants.value = participantsOf(room, roles.value);
    volumes.apply(room);
    mic.follow(room, me.value?.onStage === true);
  }

  function updatePlayback(): void {
    const blocked = room !== null && isPlaybackBlocked(room);
    if (blocked && !soundBlocked.value) log('⚠️ Sound waits for a tap:', { roomId: route.value?.address.id });
    soundBlocked.value = blocked;
  }

  // drop closes the connection. While reconnecting, the people stay on the page, so that nothing moves.
  async function drop(keepPeople = false): Promise<void> {
    const old = room;
    room = null;
    if (!keepPeople) participants.value = [];
    mic.drop();
    soundBlocked.value = false;
    levels.clear();
    if (old) await release(old);
  }

  function setVolume(identity: string, volume: number): void {
    volumes.set(identity, volume);
    if (room) volumes.apply(room);
  }

  return {
    mic,
    levels,
    volumes: volumes.wanted,
    setVolume,
    connect,
    drop,
    room: () => room,
    startAudio: () => room?.startAudio().catch(() => undefined),
  };
}
