import { computed, signal } from '@preact/signals';
import type { Room } from 'livekit-client';
import { type Api, type Info, nestPath } from '../../lib/api.ts';
import { type Failure, isAway } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { Box } from '../../lib/storage.ts';
import { sleep } from '../../lib/time.ts';
import type { Address } from '../../nostr/link.ts';
import type { Session } from '../session/session.ts';
import type { Follow } from './follow.ts';
import type { Invites } from './invites.ts';
import { type As, type Doors, type JoinEnd, join, type Step } from './join.ts';
import {
  carriesVoices,
  type DisconnectReason,
  heldBack,
  httpOrigin,
  load,
  type MediaEvents,
  newRoom,
  noWebRtc,
  playsLike,
  release,
  resumeAfter,
  takeOver,
  webSocketUrl,
  whyNot,
} from './media.ts';
import { createMicrophone, type DeviceChoice } from './microphone.ts';
import { createLevels, handsOf, type Person, peopleOf, type Roles, rolesFrom } from './people.ts';
import { giveUpAfter, waitBefore } from './rejoin.ts';
import { createRemembered } from './remembered.ts';
import { createVolumes } from './volumes.ts';

// Where the user stands with a nest. The media session belongs to this module: no component connects or disconnects.
export type Phase =
  | { at: 'out' } // nothing joined, or left
  | { at: 'joining'; step: Step | 'media' }
  | { at: 'waiting'; startsAt: number | null } // at the door of a nest that has not begun
  | { at: 'connected' }
  | { at: 'reconnecting' }
  | { at: 'left' }
  | { at: 'removed' }
  | { at: 'other-tab' }
  | { at: 'failed'; failure: Failure; offers: As[] };

export interface Place {
  address: Address;
  path: string; // where the page of this nest is
}

const batch = 50; // ms of events that are drawn together

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

export function createLive({ api, session, tab, log, invites, follow, sound: devices }: Parts) {
  const phase = signal<Phase>({ at: 'out' });
  const place = signal<Place | null>(null);
  const info = signal<Info | null>(null);
  const people = signal<Person[]>([]);
  const roles = signal<Roles | null>(null);
  const as = signal<As>('member');
  const fellBack = signal<Failure | null>(null); // why a user sits here as a guest
  const soundBlocked = signal(false);
  const levels = createLevels();
  const volumes = createVolumes();
  const remembered = createRemembered(tab);
  const hands = computed(() => handsOf(people.value));
  const me = computed(() => people.value.find((person) => person.me) ?? null);

  let room: Room | null = null;
  let attempt = 0; // grows with every enter and leave: answers for an older one are dropped
  let refreshing: ReturnType<typeof setTimeout> | undefined;
  let unwatch = () => {}; // ends the watch over a nest that has not begun

  const mic = createMicrophone(devices, () => room, refresh);

  // fetchInfo is what the user may know of a nest: with the invite of this tab, and with the key where that is needed.
  const fetchInfo = (id: string): Promise<Result<Info>> =>
    api.info(id, invites.of(id), session.user.value ? session.authorize : null);

  function doorsOf(id: string): Doors {
    return {
      info: () => fetchInfo(id),
      member: () => api.join(id, session.authorize, invites.of(id)),
      guest: () => api.guest(id, invites.of(id)),
      memberUrl: location.origin + nestPath(id),
      guestUrl: location.origin + nestPath(id, '/guest'),
    };
  }

  // enter joins a nest, leaving the one before. It must be called from a click, so that sound may start.
  async function enter(where: Place, wish: As): Promise<void> {
    if (!carriesVoices()) {
      turnAway(where, noWebRtc());
      return refreshInfo();
    }
    const mine = ++attempt;
    const ready = load(); // in parallel with the doors
    ready.catch(() => undefined);
    await drop();
    place.value = where;
    as.value = wish;
    fellBack.value = null;
    mic.begin();
    info.value = null;
    phase.value = { at: 'joining', step: 'info' };
    const end = await requestToken(mine, wish, true);
    if (mine !== attempt || !end) return;
    if (end.at === 'refused') return refuse(end.failure, end.offers);
    const connected = await connect(mine, end.token);
    if (mine !== attempt) return;
    if (!connected.ok) return refuse(connected.failure, ['member', 'guest']);
    remember();
  }

  function remember(): void {
    if (place.value) remembered.keep(place.value.address.id, as.value);
  }

  // become turns the guest that the user is into a member, without a gap in the sound.
  async function become(): Promise<Result<null>> {
    if (phase.value.at !== 'connected' || !room) {
      if (place.value) await enter(place.value, 'member');
      return ok(null);
    }
    const mine = ++attempt;
    const before = room;
    const end = await requestToken(mine, 'member', false);
    if (mine !== attempt || !end) return ok(null);
    if (end.at === 'refused') return { ok: false, failure: end.failure };
    const done = await connect(mine, end.token, before);
    if (mine === attempt && done.ok) remember();
    else if (mine === attempt) as.value = 'guest';
    return done;
  }

  // turnAway shows why a nest was not even tried, such as a signer that would not tell the key.
  function turnAway(where: Place, failure: Failure): void {
    attempt++;
    place.value = where;
    info.value = null;
    refuse(failure, failure.retry === 'never' ? [] : ['member', 'guest']);
  }

  // requestToken asks the doors and keeps what they tell.
  async function requestToken(mine: number, wish: As, first: boolean): Promise<JoinEnd | null> {
    const id = place.value?.address.id;
    if (!id) return null;
    const hasUser = wish === 'member' && session.user.value !== null;
    const end = await join(id, { hasUser, mayFallBack: first }, doorsOf(id), log, (step) => {
      if (first && mine === attempt) phase.value = { at: 'joining', step };
    });
    if (mine !== attempt) return null;
    if (end.info) {
      info.value = end.info;
      roles.value = { host: end.info.host, admins: end.info.admins };
    }
    if (end.at === 'passed') {
      as.value = end.as;
      fellBack.value = end.because;
      invites.used(id);
    }
    return end;
  }

  // connect enters with a token. before is a room that goes on playing until the new one does.
  async function connect(mine: number, token: string, before: Room | null = null): Promise<Result<null>> {
    if (phase.value.at === 'joining') phase.value = { at: 'joining', step: 'media' };
    const url = webSocketUrl(info.value?.endpoints);
    // Before the WebSocket and not after it failed: browsers print the whole address of one that fails, token and all.
    const gate = await api.gate(httpOrigin(url), token);
    if (!gate.ok && isAway(gate.failure) && httpOrigin(url) !== location.origin) return refused(whyNot(null));
    if (!gate.ok && gate.failure.status !== 404) return gate;
    let fresh: Room | null = null;
    const sound = { muted: before !== null };
    try {
      fresh = await newRoom(
        eventsOf(() => fresh),
        sound,
        devices.output.peek(),
      );
      if (mine !== attempt) return ok(null);
      await fresh.connect(url, token, { autoSubscribe: true });
    } catch (err) {
      if (fresh) await release(fresh);
      return { ok: false, failure: whyNot(err) };
    }
    if (mine !== attempt) {
      await release(fresh);
      return ok(null);
    }
    if (before) await playsLike(fresh, before);
    if (mine !== attempt) {
      await release(fresh);
      return ok(null);
    }
    room = fresh;
    if (before) takeOver(fresh, sound, before);
    phase.value = { at: 'connected' };
    refresh();
    playback();
    unwatch();
    unwatch = watch(() => void refreshInfo());
    fresh.startAudio().catch(() => undefined); // playback tells
    return ok(null);
  }

  // Events of a room that is no longer ours are ignored.
  function eventsOf(own: () => Room | null): MediaEvents {
    const ours =
      <A extends unknown[]>(then: (...args: A) => void) =>
      (...args: A): void => {
        if (room !== null && room === own()) then(...args);
      };
    return {
      onChanged: ours(refreshSoon),
      onSpeakers: ours((speakers) => {
        levels.show(speakers);
        mic.heard(speakers);
      }),
      onSilent: ours(mic.silent),
      onPlayback: ours(playback),
      onSignalLost: ours(() => void lost()),
      onRecovered: ours(() => {
        if (phase.value.at === 'reconnecting') phase.value = { at: 'connected' };
        refresh();
      }),
      onDisconnected: ours(fallen),
    };
  }

  // Whatever comes within a moment is drawn once: two thousand people arrive as two thousand events.
  function refreshSoon(): void {
    refreshing ??= setTimeout(() => refresh(), batch);
  }

  function refresh(): void {
    clearTimeout(refreshing);
    refreshing = undefined;
    if (!room) return;
    roles.value = rolesFrom(room.metadata) ?? roles.value;
    people.value = peopleOf(room, roles.value);
    volumes.apply(room);
    mic.follow(room, me.value?.onStage === true);
  }

  function playback(): void {
    const blocked = room !== null && heldBack(room);
    if (blocked && !soundBlocked.value) log('⚠️ Sound waits for a tap:', { roomId: place.value?.address.id });
    soundBlocked.value = blocked;
  }

  // lost: the socket is gone. When the server is not ready either, livekit-client's resume cannot work: take over now.
  async function lost(): Promise<void> {
    const mine = attempt;
    const had = room;
    if (phase.value.at === 'connected') phase.value = { at: 'reconnecting' };
    // A server that stops may still answer the first time.
    for (const began = Date.now(); Date.now() - began < resumeAfter - 200; await sleep(250)) {
      const answer = await api.ready();
      if (mine !== attempt || room !== had) return;
      if (!answer.ok) return comeBack();
    }
  }

  function fallen(reason: DisconnectReason | undefined): void {
    if (reason === duplicateIdentity) stopWith({ at: 'other-tab' });
    else if (reason === participantRemoved) void removed();
    else void comeBack();
  }

  function stopWith(last: Phase): void {
    attempt++;
    remembered.forget();
    void drop();
    phase.value = last;
  }

  // removed asks the doors what the removal meant: a ban and an end have their own words.
  async function removed(): Promise<void> {
    const mine = ++attempt;
    remembered.forget();
    await drop();
    const end = await requestToken(mine, as.value, false);
    if (mine !== attempt) return;
    if (end?.at === 'refused' && end.failure.retry !== 'later') refuse(end.failure, end.offers);
    else phase.value = { at: 'removed' };
  }

  // comeBack enters the same nest again with a fresh token until it works, is refused, or took too long.
  async function comeBack(): Promise<void> {
    const mine = ++attempt;
    const began = Date.now();
    phase.value = { at: 'reconnecting' };
    await drop(true);
    for (let tries = 0; Date.now() - began < giveUpAfter; tries++) {
      await sleep(waitBefore(tries, Date.now() - began));
      if (mine !== attempt) return;
      const answer = await api.ready();
      if (mine !== attempt) return;
      // A server that answers but is not ready is asked for the nest all the same after a while: it may be ready enough.
      const silent = !answer.ok && answer.failure.status === 0;
      const waking = !answer.ok && answer.failure.status !== 404 && Date.now() - began < 10_000;
      if (silent || waking) continue;
      const end = await requestToken(mine, as.value, false);
      if (mine !== attempt || !end) return;
      if (end.at === 'refused') {
        if (end.failure.retry === 'later') continue;
        return refuse(end.failure, end.offers);
      }
      const connected = await connect(mine, end.token);
      if (mine !== attempt) return;
      if (!connected.ok) continue;
      if (mic.wanted()) await mic.set(true); // what its owner wants by now, not when it went
      return;
    }
    refuse(whyNot(null), ['member', 'guest']);
  }

  // infoOf is what is known of a nest that the user is at, which may be another one than the page shows.
  const infoOf = (id: string): Info | null => (place.value?.address.id === id ? info.value : null);

  // refreshInfo learns what was changed: that the show began, or what its host says of it.
  async function refreshInfo(): Promise<void> {
    const mine = attempt;
    const id = place.value?.address.id;
    const answer = id ? await fetchInfo(id) : null;
    if (mine !== attempt || !answer?.ok) return;
    info.value = answer.value;
  }

  function watch(news: () => void): () => void {
    const where = place.value?.address;
    const host = info.value?.host ?? where?.host;
    if (!where || !host) return () => {};
    return follow({ id: where.id, host, begun: info.value !== null && info.value.status !== 'planned' }, news);
  }

  // wait stays at the door and goes in when it opens. The click that led here lets the sound start then.
  function wait(startsAt: number | undefined): void {
    const mine = attempt;
    let asking = false;
    remember();
    void drop();
    phase.value = { at: 'waiting', startsAt: startsAt ?? info.value?.starts_at ?? null };
    unwatch = watch(async () => {
      if (asking || mine !== attempt) return;
      asking = true;
      await tryDoor(mine);
      asking = false;
    });
  }

  // tryDoor asks first what costs no signature.
  async function tryDoor(mine: number): Promise<void> {
    const id = place.value?.address.id;
    const known = id ? await fetchInfo(id) : null;
    if (mine !== attempt || !known) return;
    if (known.ok && known.value.status === 'planned') {
      info.value = known.value;
      phase.value = { at: 'waiting', startsAt: known.value.starts_at ?? null };
      return;
    }
    if (!known.ok && known.failure.retry === 'later') return;
    const end = await requestToken(mine, as.value, false);
    if (mine !== attempt || !end) return;
    if (end.at === 'refused') {
      if (end.failure.retry !== 'later') refuse(end.failure, end.offers);
      return;
    }
    unwatch();
    phase.value = { at: 'joining', step: 'media' };
    const connected = await connect(mine, end.token);
    if (mine === attempt && !connected.ok) void comeBack();
  }

  function refuse(failure: Failure, offers: As[]): void {
    if (failure.code === 'nest_not_started') {
      wait(failure.startsAt);
      return;
    }
    if (!isAway(failure)) remembered.forget(); // where nobody answers, a reload has the same wish
    void drop();
    phase.value = { at: 'failed', failure, offers };
  }

  // drop lets go of the room. While coming back the people stay on the page, so that nothing jumps.
  async function drop(comingBack = false): Promise<void> {
    const old = room;
    room = null;
    unwatch();
    if (!comingBack) people.value = [];
    mic.drop();
    soundBlocked.value = false;
    levels.clear();
    if (old) await release(old);
  }

  // fade says at once what will turn out in a while: the device has no network.
  function fade(): void {
    if (phase.value.at === 'connected') phase.value = { at: 'reconnecting' };
  }

  // wake enters anew, with a fresh token, after a time in which nothing could be heard of the server.
  function wake(): void {
    if (room && (phase.value.at === 'connected' || phase.value.at === 'reconnecting')) void comeBack();
  }

  // reset shows the nest anew, as to somebody who comes.
  function reset(): void {
    attempt++;
    remembered.forget();
    void drop();
    phase.value = { at: 'out' };
  }

  async function leave(): Promise<void> {
    attempt++;
    remembered.forget();
    phase.value = { at: 'left' };
    await drop();
  }

  function setVolume(identity: string, volume: number): void {
    volumes.set(identity, volume);
    if (room) volumes.apply(room);
  }

  const hear = () => room?.startAudio().catch(() => undefined);

  return {
    phase,
    place,
    info,
    people,
    roles,
    as,
    fellBack,
    me,
    micOn: mic.on,
    micProblem: mic.problem,
    soundBlocked,
    silenced: mic.silenced,
    hands,
    volumes: volumes.wanted,
    setVolume,
    levels,
    enter,
    become,
    turnAway,
    leave,
    fade,
    wake,
    reset,
    setMic: mic.set,
    hear,
    wasIn: remembered.wasIn,
    fetchInfo,
    infoOf,
    refreshInfo,
    comeBack,
    carriesVoices,
    preload: () => void (carriesVoices() && load().catch(() => undefined)),
  };
}
