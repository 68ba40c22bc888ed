import { useSignal } from '@preact/signals';
import { Settings } from 'lucide';
import { ErrorBoundary, lazy } from 'preact-iso';
import { t } from '../lib/i18n.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Face, Name } from '../ui/Identity.tsx';
import css from './App.module.css';
import { useServices } from './services.ts';

const AccountDialog = lazy(() => import('../features/session/AccountDialog.tsx').then((m) => m.AccountDialog));

export function Header() {
  const { session, login, identity } = useServices();
  const account = useSignal(false);
  const user = session.user.value;
  return (
    <header class={css.header}>
      <a class={css.brand} href="/">
        <img src="/icon.svg" width="36" height="36" alt="" />
        <span>Nests</span>
      </a>
      <a class={css.settings} href="/settings" aria-label={t('settings.heading')}>
        <Icon icon={Settings} size={22} />
      </a>
      {user ? (
        <button
          type="button"
          class={css.user}
          aria-haspopup="dialog"
          aria-label={`${t('key.you')} ${identity(user.pubkey).value.name}`}
          onClick={() => (account.value = true)}
        >
          <Face id={user.pubkey} size={32} />
          <span class={css.userName} aria-hidden="true">
            <Name id={user.pubkey} />
          </span>
        </button>
      ) : (
        <Button onClick={() => void login.ask()}>{t('account.login')}</Button>
      )}
      <ErrorBoundary>
        {account.value && (
          <AccountDialog
            session={session}
            onAdd={() => {
              account.value = false;
              void login.ask();
            }}
            onClose={() => (account.value = false)}
          />
        )}
      </ErrorBoundary>
    </header>
  );
}
