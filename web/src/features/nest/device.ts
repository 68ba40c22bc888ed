import type { Live } from './live.ts';

const every = 5_000; // ms
const sleptAfter = 20_000; // ms between two ticks after which the device must have slept, or the page was frozen
const sleptAfterHidden = 90_000; // ms; browsers run the timers of a hidden page once a minute, and its sound goes on

// followDevice reconnects after events that only the device reports: a network that was lost and came back, or a sleep.
// After these a WebSocket seems open for many seconds, which is too long to wait. Call the returned function to stop
// it.
export function followDevice(live: Pick<Live, 'showReconnecting' | 'reconnectNow'>): () => void {
  const over = new AbortController();
  const { signal } = over;
  const isHidden = () => document.visibilityState !== 'visible';
  let last = Date.now();
  let hidden = isHidden(); // since the last check; a change causes the next one
  const check = () => {
    if (Date.now() - last > (hidden ? sleptAfterHidden : sleptAfter)) live.reconnectNow();
    last = Date.now();
    hidden = isHidden();
  };
  const timer = setInterval(check, every);
  addEventListener('offline', live.showReconnecting, { signal });
  addEventListener('online', live.reconnectNow, { signal });
  document.addEventListener('visibilitychange', check, { signal });
  document.addEventListener('resume', check, { signal });
  return () => {
    over.abort();
    clearInterval(timer);
  };
}
