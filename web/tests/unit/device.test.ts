import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followDevice } from '../../src/features/nest/device.ts';

let seen: DocumentVisibilityState = 'visible';
let stop = () => {};
const reconnectNow = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  seen = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => seen);
  reconnectNow.mockReset();
  stop = followDevice({ showReconnecting: () => {}, reconnectNow });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

function show(state: DocumentVisibilityState): void {
  seen = state;
  document.dispatchEvent(new Event('visibilitychange'));
}

// Time passes, and no timer of the page runs until its end.
function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  vi.advanceTimersByTime(5_000);
}

it('does not reconnect while a hidden page goes on, however slow its timers are', () => {
  vi.advanceTimersByTime(30_000);
  show('hidden');
  vi.advanceTimersByTime(60_000);
  for (let minutes = 0; minutes < 10; minutes++) pass(55_000);
  vi.setSystemTime(Date.now() + 50_000); // until the next of them
  show('visible');
  vi.advanceTimersByTime(30_000);
  expect(reconnectNow).not.toHaveBeenCalled();
});

it('reconnects after a sleep while visible', () => {
  pass(30_000);
  expect(reconnectNow).toHaveBeenCalledOnce();
});

it('reconnects once after a sleep while hidden, also if the page is shown before a timer runs', () => {
  show('hidden');
  pass(600_000);
  expect(reconnectNow).toHaveBeenCalledOnce();
  vi.setSystemTime(Date.now() + 600_000);
  show('visible');
  vi.advanceTimersByTime(30_000);
  expect(reconnectNow).toHaveBeenCalledTimes(2);
});

it('detects a sleep while visible after the page was hidden', () => {
  show('hidden');
  pass(55_000);
  show('visible');
  pass(30_000);
  expect(reconnectNow).toHaveBeenCalledOnce();
});
