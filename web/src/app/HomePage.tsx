import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { CreateForm } from '../features/editor/CreateForm.tsx';
import { LobbyPage } from '../features/lobby/LobbyPage.tsx';
import { createLobby } from '../features/lobby/nests.ts';
import { t } from '../lib/i18n.ts';
import { friendlyName } from '../nostr/friendly.ts';
import { Identities } from '../ui/Identity.tsx';
import { useCreate } from './createNest.ts';
import { keyNote } from './keyNote.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { useServices } from './services.ts';

const restAfter = 2_500; // ms

export function HomePage() {
  const services = useServices();
  const { api, session, lists, tab, live, relay, draft } = services;
  const onCreate = useCreate(services);
  const lobby = useMemo(
    () => createLobby({ api, session, lists, tab, connect: relay }),
    [api, session, lists, tab, relay],
  );
  useEffect(() => {
    document.title = t('app.name');
  }, []);
  // The pictures of people and the nests of other servers come after the list: checking signatures is the heaviest part of them.
  const settled = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = true;
    }, restAfter);
    return () => clearTimeout(timer);
  }, [settled]);
  const around = settled.value && lobby.state.value.at === 'shown';
  const own = lists.relays.value;
  useEffect(() => (around ? lobby.lookAround(own) : undefined), [around, own, lobby]);
  return (
    <Identities.Provider value={settled.value ? services.identity : byKey}>
      <LobbyPage
        lobby={lobby}
        diagnostics={<RunDiagnostics />}
        create={
          <CreateForm
            draft={draft}
            onCreate={onCreate}
            onReach={live.preload}
            diagnostics={<RunDiagnostics />}
            keyNote={keyNote(session.user.value)}
          />
        }
      />
    </Identities.Provider>
  );
}

const byKey = (id: string) => signal({ name: friendlyName(id), picture: '' });
