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

const picturesAfter = 2_500; // ms

export function HomePage() {
  const services = useServices();
  const { api, session, live, relay, draft } = services;
  const onCreate = useCreate(services);
  const lobby = useMemo(() => createLobby(api, session, relay), [api, session, relay]);
  useEffect(() => {
    document.title = t('app.name');
  }, []);
  // The pictures of people come after the list: checking signatures is the heaviest part of them.
  const settled = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = true;
    }, picturesAfter);
    return () => clearTimeout(timer);
  }, [settled]);
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
