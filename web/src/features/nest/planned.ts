import type { Failure } from '../../lib/errors.ts';
import type { Admission } from './admission.ts';
import type { Attempts, IsCurrent } from './attempts.ts';
import type { Connection } from './connection.ts';
import type { As } from './join.ts';
import type { LiveState } from './state.ts';
import type { Watch } from './watch.ts';

interface Parts {
  attempts: Attempts;
  admission: Admission;
  connection: Connection;
  watch: Watch;
  state: LiveState;
  refuse: (failure: Failure, offers: As[]) => void;
  reconnect: () => Promise<void>;
}

// createPlanned waits for a planned nest to open, and then enters it. The click that began the wait lets
// the sound start.
export function createPlanned({ attempts, admission, connection, watch, state, refuse, reconnect }: Parts) {
  const { phase, route, info, as } = state;

  function waitToOpen(startsAt: number | undefined): void {
    const isCurrent = attempts.current();
    let isTrying = false;
    phase.value = { at: 'waiting', startsAt: startsAt ?? info.value?.starts_at ?? null };
    watch.start(async () => {
      if (isTrying || !isCurrent()) return;
      isTrying = true;
      await tryToEnter(isCurrent);
      isTrying = false;
    });
  }

  async function tryToEnter(isCurrent: IsCurrent): Promise<void> {
    const id = route.value?.address.id;
    // First the request that needs no signature.
    const answer = id ? await admission.fetchInfo(id) : null;
    if (!isCurrent() || !answer) return;
    if (answer.ok && answer.value.status === 'planned') {
      info.value = answer.value;
      phase.value = { at: 'waiting', startsAt: answer.value.starts_at ?? null };
      return;
    }
    if (!answer.ok && answer.failure.retry === 'later') return;
    const end = await admission.requestToken(isCurrent, as.value, false);
    if (!isCurrent() || !end) return;
    if (end.at === 'refused') {
      if (end.failure.retry !== 'later') refuse(end.failure, end.offers);
      return;
    }
    watch.stop();
    phase.value = { at: 'joining', step: 'media' };
    const connected = await connection.connect(isCurrent, end.token);
    if (isCurrent() && !connected.ok) void reconnect();
  }

  return { waitToOpen };
}
