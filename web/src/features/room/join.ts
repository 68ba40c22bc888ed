import type { Info } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Result } from '../../lib/result.ts';

// The smart join as an explicit machine: info first, without a key; then the authenticated endpoint when there is a user, the
// guest endpoint otherwise. `next` is the whole policy and pure; `join` walks it and tells the console.

// A member joins with a key, a guest without one.
export type As = 'member' | 'guest';

// Endpoints are the three calls that a join may make; urls are for the console.
export interface Endpoints {
  info(): Promise<Result<Info>>;
  member(): Promise<Result<{ token: string }>>;
  guest(): Promise<Result<{ token: string }>>;
  memberUrl: string;
  guestUrl: string;
}

export interface Wish {
  hasUser: boolean;
  // Coming back into a nest, a member stays a member: a server that cannot serve now is waited for instead.
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

// next decides where an answer leads.
function next(state: JoinState, answer: Result<unknown>, wish: Wish): JoinState {
  switch (state.at) {
    case 'info': {
      if (!answer.ok && answer.failure.code === 'nest_ended') return stop(null, answer.failure, []);
      const info = answer.ok ? (answer.value as Info) : null; // any other silence of info may be wrong: ask the endpoints
      return wish.hasUser ? { at: 'member', info } : { at: 'guest', info, because: null };
    }
    case 'member': {
      const { info } = state;
      if (answer.ok) return { at: 'passed', info, token: tokenOf(answer), as: 'member', because: null };
      if (!wish.mayFallBack || !cannotServe(answer.failure))
        return stop(info, answer.failure, offersFor(answer.failure));
      return { at: 'guest', info, because: answer.failure };
    }
    case 'guest': {
      const { info, because } = state;
      if (answer.ok) return { at: 'passed', info, token: tokenOf(answer), as: 'guest', because };
      // When both endpoints are shut, the one the user asked for is the cause, unless only the guest's gives a reason.
      const failure = because && because.code !== 'nest_not_found' ? because : answer.failure;
      return stop(info, failure, ['member', 'guest']);
    }
    default:
      return state;
  }
}

// cannotServe is true where the guest endpoint may still open: unknown there, or broken. A refusal with a reason (a ban, a
// full or private nest, a bad signature) is an answer and ends the join.
function cannotServe(failure: Failure): boolean {
  if (failure.code === 'nest_ended' || failure.code === 'nest_full') return false;
  const unanswered = failure.code === 'server_unreachable' || failure.code === 'unexpected_answer';
  return failure.status === 404 || failure.status >= 500 || unanswered;
}

// The guest endpoint is offered where only the signature failed, and never around a ban or another decision.
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

// join walks the machine to its end. The lines are the product's own, in this order and with these words.
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
  const words = step === 'member' ? memberWords : guestWords;
  log(words.trying, { roomId, url: step === 'member' ? endpoints.memberUrl : endpoints.guestUrl });
  const answer = await (step === 'member' ? endpoints.member() : endpoints.guest());
  if (answer.ok) log(words.done, { roomId });
  else log(words.failed, { status: answer.failure.status, code: answer.failure.code });
  return answer;
}

const memberWords = {
  trying: '🔐 Trying authenticated join:',
  done: '✅ Authenticated join successful',
  failed: '❌ Authenticated join failed:',
};

const guestWords = {
  trying: '👤 Trying guest join:',
  done: '✅ Guest join successful',
  failed: '❌ Guest join failed:',
};
