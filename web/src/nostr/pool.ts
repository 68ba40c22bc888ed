import type { Link } from './relay.ts';

export type Pool = ReturnType<typeof createPool>;

const linger = 5_000; // ms that a connection outlives its last user: the next page often wants it again

// createPool gives everybody who wants a relay the same connection to it, for as long as one of them wants it.
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
    // renew makes every connection anew: what was proven on it was another user's key.
    renew: () => {
      for (const { link } of lines.values()) link.renew();
    },
  };
}
