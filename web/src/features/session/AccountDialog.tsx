import { LogOut, UserPlus } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { Accounts } from './Accounts.tsx';
import { Backup } from './Backup.tsx';
import css from './Login.module.css';
import type { Session } from './session.ts';
import { say } from './texts.ts';

interface Props {
  session: Session;
  add: () => void; // opens the login
  onClose: () => void;
}

// Who the user is here, the key to keep, and the other accounts of this device.
export function AccountDialog({ session, add, onClose }: Props) {
  const user = session.user.value;
  return (
    <Dialog title={say('account.heading')} onClose={onClose}>
      {user && (
        <div class={css.who}>
          <Face id={user.pubkey} size={44} />
          <p>
            <b>
              <Name id={user.pubkey} />
            </b>
            <small>{say(`account.${user.signer.kind}`)}</small>
          </p>
          <Button
            icon={LogOut}
            onClick={() => {
              session.forget();
              onClose();
            }}
          >
            {say('account.logout')}
          </Button>
        </div>
      )}
      {session.secret() && (
        <details class={css.keep}>
          <summary>{say('account.backup')}</summary>
          <Backup session={session} done={onClose} />
        </details>
      )}
      <Accounts session={session} onDone={onClose} />
      <Button icon={UserPlus} onClick={add}>
        {user ? say('account.add') : t('account.login')}
      </Button>
    </Dialog>
  );
}
