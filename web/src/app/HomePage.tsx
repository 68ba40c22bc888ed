import { useEffect, useMemo } from 'preact/hooks';
import { CreateForm } from '../features/editor/CreateForm.tsx';
import { LobbyPage } from '../features/lobby/LobbyPage.tsx';
import { createLobby } from '../features/lobby/nests.ts';
import { t } from '../lib/i18n.ts';
import { useCreate } from './createNest.ts';
import { keyNote } from './keyNote.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { useServices } from './services.ts';

export function HomePage() {
  const services = useServices();
  const { api, session, live, relay, draft } = services;
  const onCreate = useCreate(services);
  const lobby = useMemo(() => createLobby(api, session, relay), [api, session, relay]);
  useEffect(() => {
    document.title = t('app.name');
  }, []);
  return (
    <LobbyPage
      lobby={lobby}
      diagnostics={<RunDiagnostics roomId={null} />}
      create={
        <CreateForm
          draft={draft}
          onCreate={onCreate}
          onReach={live.preload}
          diagnostics={<RunDiagnostics roomId={null} />}
          keyNote={keyNote(session.user.value)}
        />
      }
    />
  );
}
