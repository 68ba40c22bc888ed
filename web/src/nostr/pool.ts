import type { Link } from './relay.ts';

export type Pool = ReturnType<typeof createPool>;

const linger = 5_000; // ms that an unused connection stays open: the next page often needs it again

// createPool shares one connection to each relay among its users, and closes it after the last one.
export function createPool(dial: (url: string) => Link) {
  const lines = new Map<string, { link: Link; users: number; timer: ReturnType<typeof setTimeout> | undefined }>();

  function connect(url: string): Link {
    let line = lines.get(url);
    if (!line) {
      line = { link: dial(url), users: 0, timer: undefined };
      lines.set(url, line);
    }
    const mine = line;
    clearTimeout(mine.timer);
    mine.users++;
    const stops = new Set<() => void>();
    let closed = false;
    return {
      ...mine.link,
      listen: (listener) => {
        const stop = mine.link.listen(listener);
        const end = () => {
          stops.delete(end);
          stop();
        };
        stops.add(end);
        return end;
      },
      close: () => {
        if (closed) return;
        closed = true;
        for (const stop of [...stops]) stop();
        if (--mine.users > 0) return;
        mine.timer = setTimeout(() => {
          lines.delete(url);
          mine.link.close();
        }, linger);
      },
    };
  }

  return {
    connect,
    // renew reconnects to every relay, because the connections are authenticated with the previous user's key.
    renew: () => {
      for (const { link } of lines.values()) link.renew();
    },
  };
}
