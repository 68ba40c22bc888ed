import { computed, effect, signal, untracked } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createChat } from '../features/chat/chat.ts';
import { createDraft } from '../features/editor/draft.ts';
import { createModeration } from '../features/moderation/moderation.ts';
import { createFollow } from '../features/nest/follow.ts';
import { createInvitation } from '../features/nest/invitation.ts';
import { createInvites } from '../features/nest/invites.ts';
import { createLive, type Live } from '../features/nest/live.ts';
import { guestName } from '../features/nest/participants.ts';
import { createLists } from '../features/people/lists.ts';
import { createReactions } from '../features/reactions/reactions.ts';
import { createLogin } from '../features/session/login.ts';
import { createSession, type Session } from '../features/session/session.ts';
import { createSound } from '../features/settings/sound.ts';
import { createApi } from '../lib/api.ts';
import { log } from '../lib/log.ts';
import type { Result } from '../lib/result.ts';
import { box } from '../lib/storage.ts';
import { createPool } from '../nostr/pool.ts';
import { createProfiles } from '../nostr/profiles.ts';
import { connect, type Link } from '../nostr/relay.ts';
import { createToasts } from '../ui/toasts.ts';
import { followUser } from './followUser.ts';

export type Services = ReturnType<typeof createServices>;

// createServices creates everything that lives as long as the page. Components get it from the context.
export function createServices() {
  const tab = box(() => sessionStorage);
  const device = box(() => localStorage);
  const api = createApi(fetch.bind(globalThis));
  const session: Session = createSession({ api, tab, device, connect: (url) => relay(url) });
  // Authenticates the user to relays that require it (NIP-42).
  const pool = createPool((url) => connect(url, async (proof) => orNull(await session.sign(proof))));
  const relay = (url: string): Link => pool.connect(url);
  const login = createLogin(session, tab, relay);
  const invites = createInvites(tab);
  const sound = createSound(device);
  const live = createLive({ api, session, tab, log, invites, follow: createFollow(session, relay), sound });
  const invitation = createInvitation(live);
  const chat = createChat(session, relay);
  const inside = computed(() => new Set(live.participants.value.map(({ pubkey }) => pubkey ?? '')));
  const reactions = createReactions(session, relay, inside, chat.hides);
  keepOpen([chat, reactions], live);
  followUser(session, live, pool);
  const shortcuts = signal(device.read('shortcuts') === 'on');
  effect(() => device.write('shortcuts', shortcuts.value ? 'on' : 'off'));
  const screenOn = signal(device.read('screen') === 'on');
  effect(() => device.write('screen', screenOn.value ? 'on' : 'off'));
  const moderation = createModeration(api, session);
  const profiles = createProfiles(async () => {
    const server = await session.server();
    return server.ok ? relay(server.value.relay) : null;
  });
  const identity = (id: string) => (id.startsWith('guest-') ? guest(id) : profiles.of(id));
  const toasts = createToasts();
  const call = { shortcuts, screenOn, identity, invitation, show: toasts.show };
  withFirstNest(live, async () => (await import('./inCall.ts')).inCall(live, call));
  const lists = createLists(session, relay);
  // The draft of a new nest is kept while the user visits other pages.
  const draft = createDraft(async (file) => (await import('../features/editor/upload.ts')).upload(file, api, session));
  return {
    api,
    session,
    login,
    profiles,
    sound,
    shortcuts,
    screenOn,
    lists,
    identity,
    live,
    invites,
    relay,
    invitation,
    chat,
    reactions,
    moderation,
    draft,
    tab,
    device,
    log,
    toasts,
  };
}

// A guest's name is derived from the identity.
const guest = (identity: string) => computed(() => ({ name: guestName(identity), picture: '' }));

const orNull = <T>(result: Result<T>): T | null => (result.ok ? result.value : null);

// keepOpen opens the parts that belong to a nest while the user is in it, also during a reconnect and on other pages.
function keepOpen(parts: { open: (id: string, host: string) => void; close: () => void }[], live: Live): void {
  effect(() => {
    const { at } = live.phase.value;
    const host = live.info.value?.host ?? live.roles.value?.host;
    const id = live.route.value?.address.id;
    const inside = at === 'connected' || at === 'reconnecting';
    untracked(() => {
      for (const part of parts) inside && id && host ? part.open(id, host) : part.close();
    });
  });
}

// withFirstNest loads the parts needed in a nest when the first one is entered.
function withFirstNest(live: Live, load: () => Promise<void>): void {
  let begun = false;
  effect(() => {
    if (begun || live.phase.value.at === 'out') return;
    begun = true;
    untracked(load).catch(() => {
      begun = false; // could not be loaded; the next phase tries again
    });
  });
}

const Context = createContext<Services | null>(null);
export const ServicesProvider = Context.Provider;

export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error('no ServicesProvider above');
  return services;
}
