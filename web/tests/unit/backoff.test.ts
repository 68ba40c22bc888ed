import { expect, it } from 'vitest';
import { backoff } from '../../src/features/nest/backoff.ts';
import { webSocketUrl } from '../../src/features/nest/media.ts';

it('retries quickly at first, and slowly later', () => {
  for (const random of [() => 0, () => 0.999]) {
    expect(backoff(0, 0, random)).toBeLessThanOrEqual(300);
    for (const elapsed of [500, 5_000, 9_999]) expect(backoff(3, elapsed, random)).toBeLessThanOrEqual(1_000);
    expect(backoff(20, 20_000, random)).toBeGreaterThan(500);
    expect(backoff(20, 44_000, random)).toBeLessThan(1_500);
    expect(backoff(40, 60_000, random)).toBeGreaterThan(4_000);
  }
});

it('connects to the endpoint of the nest', () => {
  expect(webSocketUrl(['wss+livekit://n.example', 'https://n.example/live.m3u8'])).toBe('wss://n.example');
  expect(webSocketUrl(['ws+livekit://localhost:5544'])).toBe('ws://localhost:5544');
  expect(webSocketUrl(undefined)).toMatch(/^wss?:\/\//);
});
