import { afterEach, expect, it, vi } from 'vitest';
import { createLogin } from '../../src/features/session/login.ts';
import { createSession } from '../../src/features/session/session.ts';
import type { Api } from '../../src/lib/api.ts';
import { memory } from './kit.ts';

const [first, second] = ['a'.repeat(64), 'b'.repeat(64)];

function page() {
  const tab = memory();
  const connect = () => {
    throw new Error('no relay is asked');
  };
  const session = createSession({ api: {} as Api, tab, device: memory(), connect });
  return { session, login: createLogin(session, tab, connect) };
}

// provide is an extension whose user answers when the test decides.
function provide(key: string) {
  let answer = () => {};
  const getPublicKey = () => new Promise<string>((done) => (answer = () => done(key)));
  vi.stubGlobal('nostr', { getPublicKey, signEvent: () => new Promise(() => {}) });
  return { answer: () => answer() };
}

afterEach(() => void vi.unstubAllGlobals());

it('logs nobody in after the sheet is closed, and works when it is opened again', async () => {
  const { session, login } = page();
  const user = provide(first);
  const waiting = login.withExtension();
  login.giveUp();
  user.answer();
  expect([await waiting, session.user.value]).toEqual([null, null]);
  const again = login.withExtension();
  user.answer();
  expect(await again).toMatchObject({ ok: true, value: { pubkey: first } });
});

it('does not make a new signer wait for the previous one', async () => {
  const { session } = page();
  const before = provide(first);
  const logsIn = session.useExtension();
  before.answer();
  await logsIn;
  void session.sign({ kind: 1, created_at: 1, content: '', tags: [] });
  const after = provide(second);
  const switches = session.useExtension();
  after.answer();
  await switches;
  const asked = vi.spyOn((globalThis as unknown as { nostr: { signEvent: () => Promise<never> } }).nostr, 'signEvent');
  void session.sign({ kind: 1, created_at: 1, content: '', tags: [] });
  await Promise.resolve();
  await Promise.resolve();
  expect(asked).toHaveBeenCalledOnce();
});
