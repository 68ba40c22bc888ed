import type { Info } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Result } from '../../lib/result.ts';

// The smart join, as a state machine: info first, without a key; then the authenticated endpoint if there is a user,
// else the guest endpoint. next is the whole policy, and pure. join runs it and logs to the console.

// A member joins with a key, a guest without one.
export type As = 'member' | 'guest';

// The three requests of a join. The URLs are for the console.
export interface Endpoints {
  info(): Promise<Result<Info>>;
  member(): Promise<Result<{ token: string }>>;
  guest(): Promise<Result<{ token: string }>>;
  memberUrl: string;
  guestUrl: string;
}

export interface Wish {
  hasUser: boolean;
  // False on a reconnect: a member stays a member, and waits for a server that cannot serve now.
  mayFallBack: boolean;
}

type JoinState =
  | { at: 'info' }
  | { at: 'member'; info: Info | null }
  | { at: 'guest'; info: Info | null; because: Failure | null } // because: why not as a member
  | { at: 'passed'; info: Info | null; token: string; as: As; because: Failure | null }
  | { at: 'refused'; info: Info | null; failure: Failure; offers: As[] }; // offers: what the user may still try

export type Step = 'info' | As;
export type JoinEnd = Extract<JoinState, { at: 'passed' | 'refused' }>;

// next returns the state that follows an answer.
function next(state: JoinState, answer: Result<unknown>, wish: Wish): JoinState {
  switch (state.at) {
    case 'info': {
      if (!answer.ok && answer.failure.code === 'nest_ended') return stop(null, answer.failure, []);
      const info = answer.ok ? (answer.value as Info) : null; // info may be wrong: the next endpoint decides
      return wish.hasUser ? { at: 'member', info } : { at: 'guest', info, because: null };
    }
    case 'member': {
      const { info } = state;
      if (answer.ok) return { at: 'passed', info, token: tokenOf(answer), as: 'member', because: null };
      if (!wish.mayFallBack || !guestMayWork(answer.failure))
        return stop(info, answer.failure, offersFor(answer.failure));
      return { at: 'guest', info, because: answer.failure };
    }
    case 'guest': {
      const { info, because } = state;
      if (answer.ok) return { at: 'passed', info, token: tokenOf(answer), as: 'guest', because };
      // When both refuse, the refusal of the member is the cause, unless only the guest's has a reason.
      const failure = because && because.code !== 'nest_not_found' ? because : answer.failure;
      return stop(info, failure, ['member', 'guest']);
    }
    default:
      return state;
  }
}

// guestMayWork reports whether the guest endpoint may admit a user whom the member endpoint did not: the nest was not
// found, or the server failed. A refusal with a reason (a ban, a full or private nest, a bad signature) ends the join.
function guestMayWork(failure: Failure): boolean {
  if (failure.code === 'nest_ended' || failure.code === 'nest_full') return false;
  const noUsableAnswer = failure.code === 'server_unreachable' || failure.code === 'unexpected_answer';
  return failure.status === 404 || failure.status >= 500 || noUsableAnswer;
}

// The guest endpoint is offered if only the signature failed, and never to get around a ban or another decision.
function offersFor(failure: Failure): As[] {
  if (failure.code === 'nest_ended') return [];
  const signature = failure.status === 401 || failure.code.startsWith('signer_');
  return signature ? ['member', 'guest'] : ['member'];
}

const tokenOf = (answer: Result<unknown>): string => (answer.ok ? (answer.value as { token: string }).token : '');

const stop = (info: Info | null, failure: Failure, offers: As[]): JoinState => ({
  at: 'refused',
  info,
  failure,
  offers,
});

// join runs the machine to its end. The troubleshooting guide shows its console lines: their order and texts stay as
// they are.
export async function join(
  roomId: string,
  wish: Wish,
  endpoints: Endpoints,
  log: Log,
  onStep: (step: Step) => void = () => {},
): Promise<JoinEnd> {
  log('🔍 Smart join attempt:', { roomId, hasUser: wish.hasUser });
  let state: JoinState = { at: 'info' };
  while (state.at !== 'passed' && state.at !== 'refused') {
    onStep(state.at);
    state = next(state, await ask(state.at, roomId, endpoints, log), wish);
  }
  if (state.at === 'passed' && state.because) {
    log('⚠️ Joined as a guest instead:', { roomId, code: state.because.code, status: state.because.status });
  }
  return state;
}

async function ask(step: Step, roomId: string, endpoints: Endpoints, log: Log): Promise<Result<unknown>> {
  if (step === 'info') {
    const answer = await endpoints.info();
    if (answer.ok) {
      const { host, speakers, admins, status, participantCount } = answer.value;
      log('✅ Room info found:', { host, speakers, admins, status, participantCount });
    } else {
      const { status, statusText, code } = answer.failure;
      log('❌ Room info failed:', { status, statusText, code });
    }
    return answer;
  }
  const lines = step === 'member' ? memberLines : guestLines;
  log(lines.trying, { roomId, url: step === 'member' ? endpoints.memberUrl : endpoints.guestUrl });
  const answer = await (step === 'member' ? endpoints.member() : endpoints.guest());
  if (answer.ok) log(lines.done, { roomId });
  else log(lines.failed, { status: answer.failure.status, code: answer.failure.code });
  return answer;
}

const memberLines = {
  trying: '🔐 Trying authenticated join:',
  done: '✅ Authenticated join successful',
  failed: '❌ Authenticated join failed:',
};

const guestLines = {
  trying: '👤 Trying guest join:',
  done: '✅ Guest join successful',
  failed: '❌ Guest join failed:',
};
