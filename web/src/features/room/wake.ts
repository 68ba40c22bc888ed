import type { Live } from './live.ts';

const every = 5_000; // ms
const slept = 20_000; // ms between two ticks: the machine slept, or the page was frozen

// followDevice tells the room what only the device knows: that the network went and came, and that time passed without us. A socket
// looks open for many seconds after a sleep; nobody should wait for that. It returns how to stop it.
export function followDevice(live: Pick<Live, 'fade' | 'wake'>): () => void {
  const over = new AbortController();
  const { signal } = over;
  let last = Date.now();
  // Hidden pages have slow timers of their own: then it is looked at when the page is seen again.
  const look = () => {
    if (document.visibilityState !== 'visible') return;
    if (Date.now() - last > slept) live.wake();
    last = Date.now();
  };
  const timer = setInterval(look, every);
  addEventListener('offline', live.fade, { signal });
  addEventListener('online', live.wake, { signal });
  document.addEventListener('visibilitychange', look, { signal });
  document.addEventListener('resume', look, { signal });
  return () => {
    over.abort();
    clearInterval(timer);
  };
}
