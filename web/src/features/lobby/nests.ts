import { computed, effect, signal } from '@preact/signals';
import type { Api, Listed } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Link } from '../../nostr/relay.ts';
import type { Session } from '../session/session.ts';

export type Lobby = { at: 'loading' } | { at: 'failed'; failure: Failure } | { at: 'shown'; nests: Listed[] };

export type LobbyState = ReturnType<typeof createLobby>;

const pagesMost = 20; // of a hundred nests each
const settle = 1_500; // ms after the last word of the server, so that many changes are one request
const tagsShown = 8;

// The list of public nests. It is asked for at every visit, and again when the server says on its relay that a show began, ended
// or changed its count.
export function createLobby(api: Api, session: Session, connect: (url: string) => Link) {
  const state = signal<Lobby>({ at: 'loading' });
  const search = signal('');
  const tag = signal(''); // the hashtag that is chosen, '' for all

  const nests = computed(() => (state.value.at === 'shown' ? state.value.nests : []));
  const found = computed(() => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return nests.value.filter(
      (nest) => (tag.value === '' || hashtags(nest).includes(tag.value)) && matches(nest, words),
    );
  });
  const sections = computed(() => ({
    live: found.value.filter((nest) => nest.status === 'live').sort(byPeople),
    open: found.value.filter((nest) => nest.status === 'open'),
    planned: found.value.filter((nest) => nest.status === 'planned').sort(byStart),
  }));
  // The words most nests share, the chosen one always among them.
  const tags = computed(() => {
    const counts = new Map<string, number>();
    for (const nest of nests.value) for (const word of hashtags(nest)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const most = [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([word]) => word);
    const shown = most.slice(0, tagsShown);
    return tag.value !== '' && !shown.includes(tag.value) ? [tag.value, ...shown] : shown;
  });

  // refresh says whether there is a list now.
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
      // The first hundred are there at once; a refresh replaces the list as a whole, so that nothing jumps twice.
      if (state.value.at !== 'shown' && cursor !== '') state.value = { at: 'shown', nests: [...all] };
      if (cursor === '') break;
    }
    state.value = { at: 'shown', nests: all };
    return true;
  }

  // watch keeps the list fresh while the lobby is in sight; its answer ends that.
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
      link.listen({ filters: [{ kinds: [30313], since, ...(pubkey ? { authors: [pubkey] } : {}) }], onEvent: soon });
    };
    void refresh();
    void listen();
    // A server that did not answer at first is listened to as soon as it does.
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

  return { state, search, tag, tags, sections, found, refresh, watch };
}

const hashtags = (nest: Listed): string[] => (nest.hashtags ?? []).map((word) => word.toLowerCase());

function matches(nest: Listed, words: string[]): boolean {
  const text = [nest.title, nest.summary, ...hashtags(nest).map((word) => `#${word}`)].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

const byPeople = (a: Listed, b: Listed) => (b.participantCount ?? 0) - (a.participantCount ?? 0);
const byStart = (a: Listed, b: Listed) => (a.starts_at ?? 0) - (b.starts_at ?? 0);
