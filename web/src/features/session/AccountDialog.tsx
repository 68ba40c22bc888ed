import { useSignal } from '@preact/signals';
import { LogOut, UserPlus } from 'lucide';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Accounts } from './Accounts.tsx';
import { Backup } from './Backup.tsx';
import css from './Login.module.css';
import type { Session } from './session.ts';
import { t } from './texts.ts';

interface Props {
  session: Session;
  onAdd: () => void; // opens the login
  onClose: () => void;
}

interface Step {
  go: () => void;
  word: 'leave.logout' | 'leave.switch'; // of the button that goes on without a backup
}

// The user's account, the backup of its key, and the other accounts of this device.
export function AccountDialog({ session, onAdd, onClose }: Props) {
  const user = session.user.value;
  const leaving = useSignal<Step | null>(null);

  // leave takes a step that ends the use of this tab's key. A key without a backup is offered for backup first.
  const leave = (step: Step) => {
    if (session.isOnlyHere()) leaving.value = step;
    else step.go();
  };
  const go = () => {
    const step = leaving.value;
    leaving.value = null;
    step?.go();
  };
  const logOut = () => {
    session.forget();
    onClose();
  };

  return (
    <Dialog title={t(leaving.value ? 'backup.heading' : 'account.heading')} onClose={onClose}>
      {leaving.value && <Leaving session={session} word={leaving.value.word} onLeave={go} />}
      <div class={css.account} hidden={leaving.value !== null}>
        {user && (
          <div class={css.who}>
            <Face id={user.pubkey} size={44} />
            <p>
              <b>
                <Name id={user.pubkey} />
              </b>
              <small>{t(`account.${user.signer.kind}`)}</small>
            </p>
            <Button icon={LogOut} onClick={() => leave({ go: logOut, word: 'leave.logout' })}>
              {t('account.logout')}
            </Button>
          </div>
        )}
        {session.secret() && !leaving.value && (
          <details class={css.keep}>
            <summary>{t('account.backup')}</summary>
            <Backup session={session} onDone={onClose} />
          </details>
        )}
        <Accounts session={session} onDone={onClose} leave={(go) => leave({ go, word: 'leave.switch' })} />
        <Button icon={UserPlus} onClick={() => leave({ go: onAdd, word: 'leave.switch' })}>
          {user ? t('account.add') : t('account.login')}
        </Button>
      </div>
    </Dialog>
  );
}

// The last chance to back up a key that exists only in this tab.
function Leaving({ session, word, onLeave }: { session: Session; word: Step['word']; onLeave: () => void }) {
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => here.current?.focus(), []); // the tapped button is hidden
  return (
    <div class={css.signer} tabIndex={-1} ref={here}>
      <Notice title={t('leave.only')} />
      <Backup session={session} onDone={onLeave} />
      <Button look="quiet" onClick={onLeave}>
        {t(word)}
      </Button>
    </div>
  );
}
