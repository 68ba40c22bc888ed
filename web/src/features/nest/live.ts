import type { Api } from '../../lib/api.ts';
import { type Failure, isAway } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { Box } from '../../lib/storage.ts';
import type { Session } from '../session/session.ts';
import { createAdmission } from './admission.ts';
import { createAttempts } from './attempts.ts';
import { createConnection } from './connection.ts';
import type { Follow } from './follow.ts';
import type { Invites } from './invites.ts';
import type { As } from './join.ts';
import { type DisconnectReason, hasWebRtc, load, noWebRtc } from './media.ts';
import type { DeviceChoice } from './microphone.ts';
import { createPlanned } from './planned.ts';
import { createReconnect } from './reconnect.ts';
import { createRemembered } from './remembered.ts';
import { createLiveState, type NestRoute, type Phase } from './state.ts';
import { createWatch } from './watch.ts';

export type { NestRoute, Phase };

// LiveKit's DisconnectReason by number, so that the library need not be loaded to read it.
const duplicateIdentity = 2;
const participantRemoved = 4;

export type Live = ReturnType<typeof createLive>;

interface Parts {
  api: Api;
  session: Session;
  tab: Box;
  log: Log;
  invites: Invites;
  follow: Follow;
  sound: DeviceChoice;
}

// The user's stay in a nest. This module owns the media connection: no component connects or disconnects, so pages come
// and go while the sound goes on.
export function createLive({ api, session, tab, log, invites, follow, sound }: Parts) {
  const state = createLiveState();
  const { phase, route, info, as, fellBack } = state;
  const attempts = createAttempts();
  const remembered = createRemembered(tab);
  const watch = createWatch(follow, state);
  const admission = createAdmission({ api, session, invites, log, attempts, state });
  const connection = createConnection(
    { api, log, devices: sound, state },
    {
      onConnected: () => watch.start(() => void admission.refreshInfo()),
      onSignalLost: () => void reconnection.afterSignalLost(),
      onDisconnected,
    },
  );
  const reconnection = createReconnect({ api, attempts, admission, connection, state, drop, refuse });
  const { reconnect } = reconnection;
  const planned = createPlanned({ attempts, admission, connection, watch, state, refuse, reconnect });

  // enter joins a nest and leaves the one before. It must be called from a click, so that sound may start.
  async function enter(to: NestRoute, wish: As): Promise<void> {
    if (!hasWebRtc()) {
      fail(to, noWebRtc());
      return admission.refreshInfo();
    }
    const isCurrent = attempts.begin();
    const loading = load(); // while the token is requested
    loading.catch(() => undefined);
    await drop();
    route.value = to;
    as.value = wish;
    fellBack.value = null;
    connection.mic.reset();
    info.value = null;
    phase.value = { at: 'joining', step: 'info' };
    const end = await admission.requestToken(isCurrent, wish, true);
    if (!isCurrent() || !end) return;
    if (end.at === 'refused') return refuse(end.failure, end.offers);
    const connected = await connection.connect(isCurrent, end.token);
    if (!isCurrent()) return;
    if (!connected.ok) return refuse(connected.failure, ['member', 'guest']);
    remember();
  }

  // becomeMember turns a guest who now has a key into a member, without a gap in the sound.
  async function becomeMember(): Promise<Result<null>> {
    if (phase.value.at !== 'connected' || !connection.room()) {
      if (route.value) await enter(route.value, 'member');
      return ok(null);
    }
    const isCurrent = attempts.begin();
    const end = await admission.requestToken(isCurrent, 'member', false);
    if (!isCurrent() || !end) return ok(null);
    if (end.at === 'refused') return refused(end.failure);
    const connected = await connection.connect(isCurrent, end.token, true);
    if (isCurrent() && connected.ok) remember();
    else if (isCurrent()) as.value = 'guest';
    return connected;
  }

  // fail shows why a nest was not even tried, such as a signer that refused to give the key.
  function fail(to: NestRoute, failure: Failure): void {
    attempts.begin();
    route.value = to;
    info.value = null;
    refuse(failure, failure.retry === 'never' ? [] : ['member', 'guest']);
  }

  function refuse(failure: Failure, offers: As[]): void {
    const isPlanned = failure.code === 'nest_not_started';
    if (isPlanned) remember();
    else if (!isAway(failure)) remembered.forget(); // without an answer, a reload tries the same again
    void drop();
    if (isPlanned) planned.waitToOpen(failure.startsAt);
    else phase.value = { at: 'failed', failure, offers };
  }

  function onDisconnected(reason: DisconnectReason | undefined): void {
    if (reason === duplicateIdentity) stopAt({ at: 'other-tab' });
    else if (reason === participantRemoved) void afterRemoval();
    else void reconnect();
  }

  // afterRemoval asks the API why: a ban and an ended nest have texts of their own.
  async function afterRemoval(): Promise<void> {
    const isCurrent = attempts.begin();
    remembered.forget();
    await drop();
    const end = await admission.requestToken(isCurrent, as.value, false);
    if (!isCurrent()) return;
    if (end?.at === 'refused' && end.failure.retry !== 'later') refuse(end.failure, end.offers);
    else phase.value = { at: 'removed' };
  }

  function stopAt(last: Phase): void {
    attempts.begin();
    remembered.forget();
    void drop();
    phase.value = last;
  }

  async function leave(): Promise<void> {
    attempts.begin();
    remembered.forget();
    phase.value = { at: 'left' };
    await drop();
  }

  function remember(): void {
    if (route.value) remembered.keep(route.value.address.id, as.value);
  }

  function drop(keepPeople = false): Promise<void> {
    watch.stop();
    return connection.drop(keepPeople);
  }

  const { mic } = connection;
  return {
    ...state,
    micOn: mic.on,
    micProblem: mic.problem,
    silenced: mic.silenced,
    setMic: mic.set,
    levels: connection.levels,
    volumes: connection.volumes,
    setVolume: connection.setVolume,
    startAudio: connection.startAudio,
    enter,
    becomeMember,
    fail,
    leave,
    reset: () => stopAt({ at: 'out' }), // shows the nest as to a new visitor
    reconnect,
    reconnectNow: reconnection.reconnectNow,
    showReconnecting: reconnection.showReconnecting,
    rememberedAs: remembered.as,
    fetchInfo: admission.fetchInfo,
    refreshInfo: admission.refreshInfo,
    hasWebRtc,
    preload: () => void (hasWebRtc() && load().catch(() => undefined)),
  };
}
