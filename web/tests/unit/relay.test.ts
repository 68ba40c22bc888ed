import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newest, waitUntilOpen } from '../../src/nostr/newest.ts';
import { connect } from '../../src/nostr/relay.ts';

// A relay that takes every connection and answers a request only when the test has it do so.
class Silent extends EventTarget {
  static OPEN = 1;
  static all: Silent[] = [];
  readyState = 1;
  asked: string[] = [];
  onopen?: () => void;
  onclose?: (event: object) => void;
  onmessage?: (event: object) => void;
  constructor() {
    super();
    Silent.all.push(this);
    queueMicrotask(() => this.onopen?.());
  }
  send(text: string): void {
    if (text.startsWith('["REQ"')) this.asked.push(JSON.parse(text)[1]);
  }
  say(...message: unknown[]): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close(): void {}
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Silent);
  Silent.all = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

// asked is what becomes of the question for the newest event of a relay that has been connected to.
async function asked() {
  const link = connect('wss://relay.example', async () => null);
  const standing = waitUntilOpen(link);
  await vi.waitFor(async () => expect(await Promise.race([standing, null])).toBe(true));
  const answer = { value: 'none yet' as unknown };
  void newest(link, { kinds: [3] }).then((value) => Object.assign(answer, { value }));
  const socket = Silent.all[0] as Silent;
  await vi.waitFor(() => expect(socket.asked).toHaveLength(1));
  return { link, answer, socket };
}

it('takes silence for no answer, and only the relay’s EOSE for an empty one', async () => {
  const { link, answer, socket } = await asked();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(answer.value).toBe('none yet');
  socket.say('EOSE', socket.asked[0]);
  await vi.advanceTimersByTimeAsync(100);
  expect(answer.value).toBeNull();
  void newest(link, { kinds: [3] }).then((value) => Object.assign(answer, { value }));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(answer.value).toBeUndefined();
  link.close();
});

it('subscribes again after a lost connection, and receives only from the new one', async () => {
  const { link, answer, socket } = await asked();
  socket.onclose?.({});
  await vi.advanceTimersByTimeAsync(5_000);
  expect(answer.value).toBe('none yet');
  const next = Silent.all[1] as Silent;
  next.say('EOSE', next.asked[0]);
  await vi.advanceTimersByTimeAsync(100);
  expect(answer.value).toBeNull();
  link.close();
});
