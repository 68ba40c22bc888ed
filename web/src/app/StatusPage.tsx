import { useEffect, useMemo } from 'preact/hooks';
import { ErrorBoundary, lazy } from 'preact-iso';
import { createOperator } from '../features/operator/operator.ts';
import { StatusPage as Status } from '../features/status/StatusPage.tsx';
import { createStatus } from '../features/status/status.ts';
import { t } from '../lib/i18n.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { useServices } from './services.ts';

const Panels = lazy(() => import('../features/operator/Panels.tsx').then((m) => m.Panels));

export function StatusPage() {
  const { api, session } = useServices();
  const user = session.user.value?.pubkey;
  // Created again for each user, because another one may see more or less.
  const status = useMemo(() => createStatus(api, session), [api, session, user]);
  const operator = useMemo(() => createOperator(api, session), [api, session, user]);
  const title = `${t('health.heading')} – ${t('app.name')}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => void operator.find(), [operator]);
  return (
    <Status
      status={status}
      signedIn={user !== undefined}
      diagnostics={<RunDiagnostics />}
      operator={<ErrorBoundary>{operator.is.value && <Panels operator={operator} />}</ErrorBoundary>}
    />
  );
}
