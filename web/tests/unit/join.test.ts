import { describe, expect, it } from 'vitest';
import { type Endpoints, type JoinEnd, join, type Step, type Wish } from '../../src/features/nest/join.ts';
import { failure } from '../../src/lib/errors.ts';
import { type Result, refused } from '../../src/lib/result.ts';
import { host, id, info, no, yes } from './kit.ts';

const token = yes({ token: 'eyJhbGciOiJIUzI1NiJ9.secret.sig' });
const found = yes(info);
const fresh: Wish = { hasUser: true, mayFallBack: true };

interface Answers {
  info?: Result<typeof info>;
  member?: Result<{ token: string }>;
  guest?: Result<{ token: string }>;
}

// run joins with the given answers. An endpoint without one must not be requested.
async function run(wish: Wish, answers: Answers) {
  const lines: string[] = [];
  const details: Record<string, unknown>[] = [];
  const steps: Step[] = [];
  const endpoint =
    <T>(name: keyof Answers, answer: Result<T> | undefined) =>
    async () => {
      if (!answer) throw new Error(`${name} was asked`);
      return answer;
    };
  const endpoints: Endpoints = {
    info: endpoint('info', answers.info),
    member: endpoint('member', answers.member),
    guest: endpoint('guest', answers.guest),
    memberUrl: 'https://n.example/api/v1/nests/x',
    guestUrl: 'https://n.example/api/v1/nests/x/guest',
  };
  const log = (line: string, detail = {}) => {
    lines.push(line);
    details.push(detail);
  };
  const end: JoinEnd = await join(id, wish, endpoints, log, (step) => steps.push(step));
  return { end, lines, details, steps };
}

// The two console blocks of the troubleshooting guide.
const successful = [
  '🔍 Smart join attempt:',
  '✅ Room info found:',
  '🔐 Trying authenticated join:',
  '✅ Authenticated join successful',
];
const syncIssue = [
  '🔍 Smart join attempt:',
  '❌ Room info failed:',
  '🔐 Trying authenticated join:',
  '❌ Authenticated join failed:',
  '👤 Trying guest join:',
  '❌ Guest join failed:',
];

describe('the console', () => {
  it('logs the first block of the guide on a successful join', async () => {
    const { lines, details, end } = await run(fresh, { info: found, member: token });
    expect(lines).toEqual(successful);
    expect(details[0]).toEqual({ roomId: id, hasUser: true });
    expect(details[1]).toMatchObject({ host, speakers: [host] });
    expect(details[2]).toEqual({ roomId: id, url: 'https://n.example/api/v1/nests/x' });
    expect(end).toMatchObject({ at: 'passed', as: 'member', because: null });
  });

  it('logs the second block of the guide if everything is 404', async () => {
    const { lines, details } = await run(fresh, { info: no(404), member: no(404), guest: no(404) });
    expect(lines).toEqual(syncIssue);
    expect(details[1]).toMatchObject({ status: 404, statusText: 'Not Found' });
    expect(details[3]).toMatchObject({ status: 404 });
    expect(details[4]).toEqual({ roomId: id, url: 'https://n.example/api/v1/nests/x/guest' });
    expect(details[5]).toMatchObject({ status: 404 });
  });

  it('logs no authenticated lines without a user', async () => {
    const wish = { hasUser: false, mayFallBack: true };
    const all404 = await run(wish, { info: no(404), guest: no(404) });
    expect(all404.lines).toEqual([
      '🔍 Smart join attempt:',
      '❌ Room info failed:',
      '👤 Trying guest join:',
      '❌ Guest join failed:',
    ]);
    const good = await run(wish, { info: found, guest: token });
    expect(good.lines.slice(2)).toEqual(['👤 Trying guest join:', '✅ Guest join successful']);
  });

  it('never contains a token', async () => {
    for (const answers of [
      { info: found, member: token },
      { info: found, member: no(404), guest: token },
    ]) {
      const { details } = await run(fresh, answers);
      expect(JSON.stringify(details)).not.toContain('secret');
    }
  });

  it('logs a fallback only if it worked', async () => {
    const { lines } = await run(fresh, { info: found, member: no(503, 'media_unavailable'), guest: token });
    expect(lines.at(-1)).toBe('⚠️ Joined as a guest instead:');
  });
});

describe('falling back to guest', () => {
  it.each([
    ['unknown there', no(404)],
    ['broken', no(500)],
    ['media away', no(503, 'media_unavailable')],
    ['no answer', refused(failure('server_unreachable', 'later'))],
  ])('happens when the authenticated endpoint is %s', async (_, member) => {
    const { end, steps } = await run(fresh, { info: found, member, guest: token });
    expect(end).toMatchObject({ at: 'passed', as: 'guest' });
    expect(end.at === 'passed' && end.because).toEqual(member.ok ? null : member.failure);
    expect(steps).toEqual(['info', 'member', 'guest']);
  });

  it.each([
    ['banned', no(403, 'banned'), ['member']],
    ['forbidden', no(403, 'forbidden'), ['member']],
    ['private', no(403, 'nest_private'), ['member']],
    ['planned', no(403, 'nest_not_started'), ['member']],
    ['full', no(503, 'nest_full'), ['member']],
    ['ended', no(404, 'nest_ended'), []],
    ['too fast', no(429, 'too_many_requests'), ['member']],
    ['badly signed', no(401, 'auth_signature'), ['member', 'guest']],
    ['off the clock', no(401, 'auth_time'), ['member', 'guest']],
    ['a silent signer', refused(failure('signer_silent')), ['member', 'guest']],
    ['a refusing signer', refused(failure('signer_refused')), ['member', 'guest']],
  ])('never happens by itself when %s', async (_, member, offers) => {
    const { end, lines } = await run(fresh, { info: found, member });
    expect(end).toMatchObject({ at: 'refused', failure: member.ok ? {} : member.failure, offers });
    expect(lines.at(-1)).toBe('❌ Authenticated join failed:');
  });

  it('never happens on a reconnect: a member stays a member', async () => {
    const { end } = await run(
      { hasUser: true, mayFallBack: false },
      { info: found, member: no(503, 'media_unavailable') },
    );
    expect(end).toMatchObject({ at: 'refused', failure: { code: 'media_unavailable', retry: 'later' } });
  });
});

describe('the cause', () => {
  it('stops at info for an ended nest', async () => {
    const { end, steps } = await run(fresh, { info: no(404, 'nest_ended') });
    expect(end).toMatchObject({ at: 'refused', failure: { code: 'nest_ended' } });
    expect(steps).toEqual(['info']);
  });

  it('goes on without info, because the other endpoints decide', async () => {
    const { end } = await run(fresh, { info: no(500), member: token });
    expect(end).toMatchObject({ at: 'passed', as: 'member', info: null });
  });

  it('is that of the requested endpoint', async () => {
    const media = await run(fresh, {
      info: found,
      member: no(503, 'media_unavailable'),
      guest: no(403, 'guests_not_allowed'),
    });
    expect(media.end).toMatchObject({ failure: { code: 'media_unavailable' } });
    const guests = await run(fresh, { info: found, member: no(404), guest: no(403, 'guests_not_allowed') });
    expect(guests.end).toMatchObject({ failure: { code: 'guests_not_allowed' } });
  });
});
