import { ErrorBoundary, LocationProvider, lazy, Route, Router } from 'preact-iso';
import { t } from '../lib/i18n.ts';
import { Toaster } from '../ui/Toaster.tsx';
import css from './App.module.css';
import { Header } from './Header.tsx';
import { HomePage } from './HomePage.tsx';
import { MiniPlayer } from './MiniPlayer.tsx';
import { useServices } from './services.ts';

const LoginDialog = lazy(() => import('../features/session/LoginDialog.tsx').then((m) => m.LoginDialog));
const SettingsPage = lazy(() => import('./SettingsPage.tsx').then((m) => m.SettingsPage));
const StatusPage = lazy(() => import('./StatusPage.tsx').then((m) => m.StatusPage));
const NestByAddress = lazy(() => import('./NestPage.tsx').then((m) => m.NestByAddress));
const NestById = lazy(() => import('./NestPage.tsx').then((m) => m.NestById));
const NotFound = lazy(() => import('./NestPage.tsx').then((m) => m.NotFound));
const NewNestPage = lazy(() => import('./NewNestPage.tsx').then((page) => page.NewNestPage));

// Routes and shell. app is the only place where features meet.
export function App() {
  const { toasts, login, session } = useServices();
  return (
    <LocationProvider>
      <Header />
      <main class={css.main}>
        <Router>
          <Route path="/" component={HomePage} />
          <Route path="/new" component={NewNestPage} />
          <Route path="/settings" component={SettingsPage} />
          <Route path="/status" component={StatusPage} />
          <Route path="/n/:id" component={NestById} />
          <Route path="/:address" component={NestByAddress} />
          <Route default component={NotFound} />
        </Router>
      </main>
      <MiniPlayer />
      <ErrorBoundary>{login.open.value && <LoginDialog login={login} session={session} />}</ErrorBoundary>
      <Toaster toasts={toasts} dismiss={t('action.dismiss')} />
    </LocationProvider>
  );
}
