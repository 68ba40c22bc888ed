import type { Live } from './live.ts';

const every = 5_000; // ms
const slept = 20_000; // ms between two ticks: the machine slept, or the page was frozen
const sleptUnseen = 90_000; // ms; browsers let the timers of a hidden page run once a minute, and its sound goes on

// followDevice tells the room what only the device knows: that the network went and came, and that time passed without us. A socket
// looks open for many seconds after a sleep; nobody should wait for that. It returns how to stop it.
export function followDevice(live: Pick<Live, 'showReconnecting' | 'reconnectNow'>): () => void {
  const over = new AbortController();
  const { signal } = over;
  const isHidden = () => document.visibilityState !== 'visible';
  let last = Date.now();
  let hidden = isHidden(); // since the last look, which another one follows as soon as that changes
  const look = () => {
    if (Date.now() - last > (hidden ? sleptUnseen : slept)) live.reconnectNow();
    last = Date.now();
    hidden = isHidden();
  };
  const timer = setInterval(look, every);
  addEventListener('offline', live.showReconnecting, { signal });
  addEventListener('online', live.reconnectNow, { signal });
  document.addEventListener('visibilitychange', look, { signal });
  document.addEventListener('resume', look, { signal });
  return () => {
    over.abort();
    clearInterval(timer);
  };
}
