import type { Api } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import { sleep } from '../../lib/time.ts';
import type { Admission } from './admission.ts';
import type { Attempts } from './attempts.ts';
import { backoff, giveUpAfter } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { As } from './join.ts';
import { mediaFailure, resumeAfter } from './media.ts';
import type { LiveState } from './state.ts';

interface Parts {
  api: Api;
  attempts: Attempts;
  admission: Admission;
  connection: Connection;
  state: LiveState;
  drop: (keepPeople: boolean) => Promise<void>;
  refuse: (failure: Failure, offers: As[]) => void;
}

const readyWithin = 10_000; // ms that a restarting server is given before its nest is asked for all the same

// createReconnect restores a lost connection.
export function createReconnect({ api, attempts, admission, connection, state, drop, refuse }: Parts) {
  const { phase, as } = state;

  // showReconnecting shows at once that the connection is lost, before LiveKit's client has noticed.
  function showReconnecting(): void {
    if (phase.value.at === 'connected') phase.value = { at: 'reconnecting' };
  }

  // afterSignalLost leaves it to LiveKit's client to resume, unless the server is not ready: then that cannot work.
  async function afterSignalLost(): Promise<void> {
    const isCurrent = attempts.current();
    const had = connection.room();
    showReconnecting();
    // Asked repeatedly, because a server that is shutting down may still answer the first time.
    for (const began = Date.now(); Date.now() - began < resumeAfter - 200; await sleep(250)) {
      const answer = await api.ready();
      if (!isCurrent() || connection.room() !== had) return;
      if (!answer.ok) return reconnect();
    }
  }

  // reconnect enters the same nest with a fresh token, again and again until it works, is refused, or has taken too
  // long.
  async function reconnect(): Promise<void> {
    const isCurrent = attempts.begin();
    const began = Date.now();
    phase.value = { at: 'reconnecting' };
    await drop(true);
    for (let tries = 0; Date.now() - began < giveUpAfter; tries++) {
      await sleep(backoff(tries, Date.now() - began));
      if (!isCurrent()) return;
      const answer = await api.ready();
      if (!isCurrent()) return;
      const isSilent = !answer.ok && answer.failure.status === 0;
      const isStarting = !answer.ok && answer.failure.status !== 404 && Date.now() - began < readyWithin;
      if (isSilent || isStarting) continue;
      const end = await admission.requestToken(isCurrent, as.value, false);
      if (!isCurrent() || !end) return;
      if (end.at === 'refused') {
        if (end.failure.retry === 'later') continue;
        return refuse(end.failure, end.offers);
      }
      const connected = await connection.connect(isCurrent, end.token);
      if (!isCurrent()) return;
      if (!connected.ok) continue;
      // As the user wants it now: it may have been turned off while the connection was lost.
      if (connection.mic.wanted()) await connection.mic.set(true);
      return;
    }
    refuse(mediaFailure(null), ['member', 'guest']);
  }

  // reconnectNow does not wait until a connection turns out to be lost, after a time in which nothing could be
  // received.
  function reconnectNow(): void {
    const isInside = phase.value.at === 'connected' || phase.value.at === 'reconnecting';
    if (connection.room() && isInside) void reconnect();
  }

  return { showReconnecting, afterSignalLost, reconnect, reconnectNow };
}
