import { useEffect, useMemo } from 'preact/hooks';
import { StatusPage as Status } from '../features/status/StatusPage.tsx';
import { createStatus } from '../features/status/status.ts';
import { t } from '../lib/i18n.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { useServices } from './services.ts';

export function StatusPage() {
  const { api, session } = useServices();
  const user = session.user.value?.pubkey;
  // Another user may see more or less: nothing of the one before stays.
  const status = useMemo(() => createStatus(api, session), [api, session, user]);
  const title = `${t('health.heading')} – ${t('app.name')}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return <Status status={status} signedIn={user !== undefined} diagnostics={<RunDiagnostics />} />;
}
