import { type Api, type Info, nestPath } from '../../lib/api.ts';
import type { Log } from '../../lib/log.ts';
import type { Result } from '../../lib/result.ts';
import type { Session } from '../session/session.ts';
import type { Attempts, IsCurrent } from './attempts.ts';
import type { Invites } from './invites.ts';
import { type As, type Endpoints, type JoinEnd, join } from './join.ts';
import type { LiveState } from './state.ts';

interface Parts {
  api: Api;
  session: Session;
  invites: Invites;
  log: Log;
  attempts: Attempts;
  state: LiveState;
}

export type Admission = ReturnType<typeof createAdmission>;

// What the API returns to this user about a nest: its info, and a token to connect with.
export function createAdmission({ api, session, invites, log, attempts, state }: Parts) {
  const { phase, route, info, roles, as, fellBack } = state;

  // fetchInfo sends the invite of this tab, and signs the request if the nest is private and there is a user.
  const fetchInfo = (id: string): Promise<Result<Info>> =>
    api.info(id, invites.of(id), session.user.value ? session.authorize : null);

  const endpointsOf = (id: string): Endpoints => ({
    info: () => fetchInfo(id),
    member: () => api.join(id, session.authorize, invites.of(id)),
    guest: () => api.guest(id, invites.of(id)),
    memberUrl: location.origin + nestPath(id),
    guestUrl: location.origin + nestPath(id, '/guest'),
  });

  // requestToken returns null if another attempt began meanwhile. Only a first request shows its steps, and only then
  // may a user with a key become a guest.
  async function requestToken(isCurrent: IsCurrent, wish: As, first: boolean): Promise<JoinEnd | null> {
    const id = route.value?.address.id;
    if (!id) return null;
    const hasUser = wish === 'member' && session.user.value !== null;
    const end = await join(id, { hasUser, mayFallBack: first }, endpointsOf(id), log, (step) => {
      if (first && isCurrent()) phase.value = { at: 'joining', step };
    });
    if (!isCurrent()) return null;
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

  // refreshInfo applies what has changed about the nest, such as its title, or that the show began.
  async function refreshInfo(): Promise<void> {
    const isCurrent = attempts.current();
    const id = route.value?.address.id;
    const answer = id ? await fetchInfo(id) : null;
    if (isCurrent() && answer?.ok) info.value = answer.value;
  }

  return { fetchInfo, requestToken, refreshInfo };
}
