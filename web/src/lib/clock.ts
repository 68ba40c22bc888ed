import { type ReadonlySignal, signal } from '@preact/signals';

// createClock returns a signal of the time in unix ms. While it has subscribers it updates at each full second; without
// them it keeps its last value.
export function createClock(now: () => number = Date.now): ReadonlySignal<number> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const time = signal(now(), {
    watched: () => {
      const next = () => {
        time.value = now();
        timer = setTimeout(next, 1000 - (time.value % 1000));
      };
      next();
    },
    unwatched: () => clearTimeout(timer),
  });
  return time;
}
