import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createModeration } from '../features/moderation/moderation.ts';
import { createInvitation } from '../features/room/invitation.ts';
import { createLive } from '../features/room/live.ts';
import { createSession } from '../features/session/session.ts';
import { createApi } from '../lib/api.ts';
import { say } from '../lib/log.ts';
import { box } from '../lib/storage.ts';
import { createToasts } from '../ui/toasts.ts';

export type Services = ReturnType<typeof createServices>;

// createServices wires what lives as long as the page. Components get it from the context, tests hand in their own.
export function createServices() {
  const tab = box(() => sessionStorage);
  const device = box(() => localStorage);
  const api = createApi(fetch.bind(globalThis));
  const session = createSession(api, tab);
  const live = createLive(api, session, tab, say);
  const invitation = createInvitation(live);
  const moderation = createModeration(api, session);
  return { api, session, live, invitation, moderation, device, say, toasts: createToasts() };
}

const Context = createContext<Services | null>(null);
export const ServicesProvider = Context.Provider;

export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error('no ServicesProvider above');
  return services;
}
