import { type ReadonlySignal, signal } from '@preact/signals';

// ticking is the time in unix ms, once a second, for as long as somebody reads it.
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
