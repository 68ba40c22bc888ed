// How long to wait before each try to come back, in ms. A restart takes seconds, so the first tries are close; an outage takes
// longer, and a thousand listeners must not hammer a server that is getting up. Jitter spreads those who fell out together.
export function waitBefore(attempt: number, elapsed: number, random: () => number = Math.random): number {
  if (attempt === 0) return 100 + 200 * random();
  const base = elapsed < 10_000 ? 300 : elapsed < 45_000 ? 900 : 6_000;
  return base * (0.7 + 0.6 * random());
}

// After this long the user is asked whether to go on.
export const giveUpAfter = 15 * 60_000;
