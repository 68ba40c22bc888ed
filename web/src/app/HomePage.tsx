import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ErrorBoundary, lazy } from 'preact-iso';
import { CreateForm } from '../features/editor/CreateForm.tsx';
import { LobbyPage } from '../features/lobby/LobbyPage.tsx';
import { createLobby } from '../features/lobby/nests.ts';
import { t } from '../lib/i18n.ts';
import { friendlyName } from '../nostr/friendly.ts';
import { Identities } from '../ui/Identity.tsx';
import { useCreate } from './createNest.ts';
import { keyNote } from './keyNote.ts';
import { useServices } from './services.ts';

const restAfter = 2_500; // ms

// Needed only after a failure: loaded after the lobby, or at once if it is needed earlier.
const loadDiagnostics = () => import('./RunDiagnostics.tsx');
const RunDiagnostics = lazy(() => loadDiagnostics().then((m) => m.RunDiagnostics));
const diagnostics = (
  <ErrorBoundary>
    <RunDiagnostics />
  </ErrorBoundary>
);

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
  // Profiles and nests of other servers are loaded after the list, because verifying signatures is the heaviest part.
  const settled = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = true;
    }, restAfter);
    return () => clearTimeout(timer);
  }, [settled]);
  useEffect(() => {
    if (settled.value) loadDiagnostics().catch(() => undefined);
  }, [settled.value]);
  const around = settled.value && lobby.state.value.at === 'shown';
  const own = lists.relays.value;
  useEffect(() => (around ? lobby.watchOtherServers(own) : undefined), [around, own, lobby]);
  return (
    <Identities.Provider value={settled.value ? services.identity : byKey}>
      <LobbyPage
        lobby={lobby}
        diagnostics={diagnostics}
        create={
          <CreateForm
            draft={draft}
            onCreate={onCreate}
            onReach={live.preload}
            diagnostics={diagnostics}
            keyNote={keyNote(session.user.value)}
          />
        }
      />
    </Identities.Provider>
  );
}

const byKey = (id: string) => signal({ name: friendlyName(id), picture: '' });
