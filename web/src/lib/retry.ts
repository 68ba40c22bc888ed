import { sleep } from './time.ts';

const first = 1_000; // ms
const longest = 12_000;

// retryUntil repeats an attempt that got no answer until it returns true: at growing intervals, and at once when the
// device is online or the page visible again. It pauses while the device is offline or the page hidden. Call the
// returned function to stop.
export function retryUntil(attempt: () => Promise<boolean>, random: () => number = Math.random): () => void {
  const over = new AbortController();
  let hurry = new AbortController();
  const tryNow = () => hurry.abort();
  addEventListener('online', tryNow, { signal: over.signal });
  document.addEventListener('visibilitychange', tryNow, { signal: over.signal });
  over.signal.addEventListener('abort', tryNow);
  void (async () => {
    for (let wait = first; !over.signal.aborted; wait = Math.min(longest, wait * 1.6)) {
      await sleep(wait * (0.7 + 0.6 * random()), hurry.signal);
      if (hurry.signal.aborted) hurry = new AbortController();
      if (over.signal.aborted) return;
      const mayHelp = navigator.onLine !== false && document.visibilityState === 'visible';
      if (mayHelp && (await attempt())) return over.abort();
    }
  })();
  return () => over.abort();
}
