// backoff returns how long to wait before an attempt to reconnect, in ms. A restart of the server takes seconds, so the
// first attempts are close together. An outage takes longer, and a thousand listeners must not overload a server that
// is starting. Jitter spreads clients that lost their connection at the same moment.
export function backoff(attempt: number, elapsed: number, random: () => number = Math.random): number {
  if (attempt === 0) return 100 + 200 * random();
  const base = elapsed < 10_000 ? 300 : elapsed < 45_000 ? 900 : 6_000;
  return base * (0.7 + 0.6 * random());
}

// After this long, the user is asked whether to go on.
export const giveUpAfter = 15 * 60_000; // ms
