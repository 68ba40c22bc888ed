import { type ReadonlySignal, signal } from '@preact/signals';

// ticking returns the time in unix ms, updated once a second while it is read.
export function ticking(now: () => number = Date.now): ReadonlySignal<number> {
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
