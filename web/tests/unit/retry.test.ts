import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { retryUntil } from '../../src/lib/retry.ts';

const device = { online: true, seen: 'visible' as DocumentVisibilityState };
const middle = () => 0.5; // no jitter

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(device, { online: true, seen: 'visible' });
  vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => device.online);
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => device.seen);
});
afterEach(() => vi.useRealTimers());

it('retries at growing intervals until it works, and then stops', async () => {
  const tries: number[] = [];
  const began = Date.now();
  retryUntil(async () => tries.push(Date.now() - began) === 4, middle);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tries).toHaveLength(4);
  const gaps = tries.map((at, n) => at - (tries[n - 1] ?? 0));
  expect(gaps[0]).toBe(1_000);
  for (const [n, gap] of gaps.entries()) if (n > 0) expect(gap).toBeGreaterThan(gaps[n - 1] ?? 0);
});

it('retries about every twelve seconds at most, however long it takes', async () => {
  let tries = 0;
  const stop = retryUntil(async () => ++tries < 0, middle);
  await vi.advanceTimersByTimeAsync(60_000);
  const soFar = tries;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tries - soFar).toBe(10);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tries - soFar).toBe(10);
});

it('does not retry while offline or hidden, and does at once afterwards', async () => {
  let tries = 0;
  device.online = false;
  const stop = retryUntil(async () => ++tries < 0, middle);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(tries).toBe(0);
  device.online = true;
  dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(1);
  expect(tries).toBe(1);
  device.seen = 'hidden';
  await vi.advanceTimersByTimeAsync(100_000);
  expect(tries).toBe(1);
  device.seen = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(1);
  expect(tries).toBe(2);
  stop();
});
