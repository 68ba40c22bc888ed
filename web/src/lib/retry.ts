import { sleep } from './time.ts';

const first = 1_000; // ms
const longest = 12_000;

// retryUntil tries again what found no network or no server, until it attempt: at once when the device is online or the
// page in sight again, else at growing distances. Nothing is tried while it cannot help: offline, or out of sight. It
// returns how to stop it.
export function retryUntil(attempt: () => Promise<boolean>, random: () => number = Math.random): () => void {
  const over = new AbortController();
  let hurry = new AbortController();
  const now = () => hurry.abort();
  addEventListener('online', now, { signal: over.signal });
  document.addEventListener('visibilitychange', now, { signal: over.signal });
  over.signal.addEventListener('abort', now);
  void (async () => {
    for (let wait = first; !over.signal.aborted; wait = Math.min(longest, wait * 1.6)) {
      await sleep(wait * (0.7 + 0.6 * random()), hurry.signal);
      if (hurry.signal.aborted) hurry = new AbortController();
      if (over.signal.aborted) return;
      const may = navigator.onLine !== false && document.visibilityState === 'visible';
      if (may && (await attempt())) return over.abort();
    }
  })();
  return () => over.abort();
}
