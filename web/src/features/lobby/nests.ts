import { computed, effect, signal } from '@preact/signals';
import type { Api, Listed } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Box } from '../../lib/storage.ts';
import { kinds } from '../../nostr/kinds.ts';
import type { Link } from '../../nostr/relay.ts';
import type { Lists } from '../people/lists.ts';
import type { Session } from '../session/session.ts';
import type { Elsewhere } from './elsewhere.ts';

export type Lobby = { at: 'loading' } | { at: 'failed'; failure: Failure } | { at: 'shown'; nests: Listed[] };

export type LobbyState = ReturnType<typeof createLobby>;

const pagesMost = 20; // 100 nests a page
const settle = 1_500; // ms after the last change, so that several changes cause one request
const tagsShown = 8;

interface Parts {
  api: Api;
  session: Session;
  lists: Lists;
  tab: Box;
  connect: (url: string) => Link;
}

// createLobby holds the list of public nests. It loads at every visit, and again when the server's relay
// reports that a nest opened, ended or changed its count. It also holds nests of other servers, found on
// relays.
export function createLobby({ api, session, lists, tab, connect }: Parts) {
  const state = signal<Lobby>({ at: 'loading' });
  const search = signal('');
  const tag = signal(''); // the chosen hashtag, '' for all

  const elsewhere = signal<Elsewhere[]>([]);
  const wanted = signal(tab.read('followed') === 'on');
  const followed = computed(() => wanted.value && session.user.value !== null); // show only people the user follows

  const nests = computed(() => (state.value.at === 'shown' ? state.value.nests : []));
  const fits = computed(() => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return (nest: Listed) =>
      (tag.value === '' || hashtags(nest).includes(tag.value)) &&
      (!followed.value || [nest.host, ...nest.speakers].some((key) => lists.following.value.has(key))) &&
      matches(nest, words);
  });
  const found = computed(() => nests.value.filter(fits.value));
  const foundElsewhere = computed(() => elsewhere.value.filter(fits.value));
  const sections = computed(() => ({
    live: found.value.filter((nest) => nest.status === 'live').sort(byPeople),
    open: found.value.filter((nest) => nest.status === 'open'),
    planned: found.value.filter((nest) => nest.status === 'planned').sort(byStart),
  }));
  // The most common hashtags, and always the chosen one.
  const tags = computed(() => {
    const counts = new Map<string, number>();
    for (const nest of nests.value.length > 0 ? nests.value : elsewhere.value)
      for (const word of hashtags(nest)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const most = [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([word]) => word);
    const shown = most.slice(0, tagsShown);
    return tag.value !== '' && !shown.includes(tag.value) ? [tag.value, ...shown] : shown;
  });

  // refresh returns whether a list is available now.
  async function refresh(): Promise<boolean> {
    const all: Listed[] = [];
    let cursor = '';
    for (let page = 0; page < pagesMost; page++) {
      const answer = await api.list(cursor);
      if (!answer.ok) {
        if (state.value.at !== 'shown') state.value = { at: 'failed', failure: answer.failure };
        return false;
      }
      all.push(...answer.value.nests);
      cursor = answer.value.next ?? '';
      // The first page appears at once; a refresh replaces the whole list, so that it moves only once.
      if (state.value.at !== 'shown' && cursor !== '') state.value = { at: 'shown', nests: [...all] };
      if (cursor === '') break;
    }
    state.value = { at: 'shown', nests: all };
    return true;
  }

  // watch refreshes the list while the lobby is visible, until the returned function is called.
  function watch(): () => void {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void refresh(), settle);
    };
    let listening = false;
    const listen = async () => {
      const server = await session.server();
      if (!server.ok || over.signal.aborted || listening) return;
      listening = true;
      const link = connect(server.value.relay);
      over.signal.addEventListener('abort', link.close);
      const since = Math.floor(session.now() / 1000);
      const { pubkey } = server.value;
      link.listen({
        filters: [{ kinds: [kinds.meeting], since, ...(pubkey ? { authors: [pubkey] } : {}) }],
        onEvent: soon,
      });
    };
    void refresh();
    void listen();
    // If the server did not answer at first, subscribe as soon as it does.
    const stop = effect(() => {
      if (state.value.at === 'shown' && !listening) void listen();
    });
    over.signal.addEventListener('abort', stop);
    addEventListener('online', soon, { signal: over.signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && soon(), {
      signal: over.signal,
    });
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }

  // watchOtherServers adds nests of other servers from this server's outside relays and the user's own, until the
  // returned function is called. Nests already found stay in the list.
  function watchOtherServers(own: string[]): () => void {
    const over = new AbortController();
    void (async () => {
      const [server, part] = await Promise.all([session.server(), import('./elsewhere.ts').catch(() => null)]);
      if (!server.ok || !part || over.signal.aborted) return;
      const { relay, relays = [], public_urls } = server.value;
      const stop = part.watchElsewhere({
        relays: [...relays, ...own].filter((url) => url !== relay),
        ours: [...public_urls, location.origin],
        now: session.now,
        connect,
        onChange: (seen) => {
          elsewhere.value = seen;
        },
      });
      over.signal.addEventListener('abort', stop);
    })();
    return () => over.abort();
  }

  // follow switches between all nests and only those of people the user follows. The tab remembers the choice.
  function follow(is: boolean): void {
    wanted.value = is;
    tab.write('followed', is ? 'on' : 'off');
    if (is && lists.followingState.peek() === 'missing') void lists.reloadFollowing();
  }

  function showAll(): void {
    search.value = '';
    tag.value = '';
    follow(false);
  }

  return {
    state,
    search,
    tag,
    tags,
    followed,
    followingState: lists.followingState,
    mayFollow: computed(() => session.user.value !== null),
    sections,
    found,
    elsewhere,
    foundElsewhere,
    refresh,
    watch,
    watchOtherServers,
    follow,
    reloadFollowing: lists.reloadFollowing,
    showAll,
  };
}

const hashtags = (nest: Listed): string[] => (nest.hashtags ?? []).map((word) => word.toLowerCase());

function matches(nest: Listed, words: string[]): boolean {
  const text = [nest.title, nest.summary, ...hashtags(nest).map((word) => `#${word}`)].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

const byPeople = (a: Listed, b: Listed) => (b.participantCount ?? 0) - (a.participantCount ?? 0);
const byStart = (a: Listed, b: Listed) => (a.starts_at ?? 0) - (b.starts_at ?? 0);
