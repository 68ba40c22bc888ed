import { useEffect, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { CreateForm } from '../features/editor/CreateForm.tsx';
import { create, type Draft } from '../features/editor/create.ts';
import { LobbyPage } from '../features/lobby/LobbyPage.tsx';
import { createLobby } from '../features/lobby/nests.ts';
import { t } from '../lib/i18n.ts';
import { keyNote } from './keyNote.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { useServices } from './services.ts';

export function HomePage() {
  const { api, session, live } = useServices();
  const { route } = useLocation();
  const lobby = useMemo(() => createLobby(api), [api]);
  useEffect(() => {
    document.title = t('app.name');
  }, []);

  // The host lands in the nest, connected, at its own address; the microphone is asked for at the first unmute.
  async function open(draft: Draft) {
    const opened = await create(draft, api, session);
    if (opened.ok) {
      route(opened.value.path);
      void live.enter(opened.value, 'member');
    }
    return opened;
  }

  return (
    <LobbyPage
      lobby={lobby}
      diagnostics={<RunDiagnostics roomId={null} />}
      create={
        <CreateForm
          onCreate={open}
          onReach={live.preload}
          diagnostics={<RunDiagnostics roomId={null} />}
          keyNote={keyNote(session.user.value)}
        />
      }
    />
  );
}
