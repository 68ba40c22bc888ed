import { useSignal } from '@preact/signals';
import { Trash2 } from 'lucide';
import { useEffect, useMemo } from 'preact/hooks';
import { causeOf } from '../../lib/failureText.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { Notice } from '../../ui/Notice.tsx';
import type { Account } from './accounts.ts';
import css from './Login.module.css';
import type { Session } from './session.ts';
import { t } from './texts.ts';

interface Props {
  session: Session;
  onDone: () => void;
  leave: (go: () => void) => void; // takes the step, after offering a backup if it would lose a key
}

// The accounts that this device remembers, without the current one.
export function Accounts(props: Props) {
  const { session } = props;
  const others = session.accounts.list.value.filter((account) => account.pubkey !== session.user.value?.pubkey);
  if (others.length === 0) return null;
  return (
    <ul class={css.others} aria-label={t('account.others')}>
      {others.map((account) => (
        <Other key={account.pubkey} account={account} {...props} />
      ))}
    </ul>
  );
}

function Other({ account, session, onDone, leave }: Props & { account: Account }) {
  const busy = useSignal(false);
  const asks = useSignal(false);
  const passphrase = useSignal('');
  const problem = useSignal('');
  const over = useMemo(() => new AbortController(), []);
  useEffect(() => () => over.abort(), [over]); // closing the dialog cancels a switch
  const id = `account-${account.pubkey.slice(0, 12)}`;

  async function use(): Promise<void> {
    busy.value = true;
    const done = await session.switchTo(account, passphrase.value, over.signal);
    busy.value = false;
    if (done.ok) onDone();
    else problem.value = causeOf(done.failure);
  }

  function begin(): void {
    if (asks.value) void use();
    else if (account.kind === 'locked') leave(() => (asks.value = true));
    else leave(() => void use());
  }

  return (
    <li>
      <div class={css.who}>
        <Face id={account.pubkey} size={44} />
        <p id={id}>
          <b>
            <Name id={account.pubkey} />
          </b>
          <small>{t(`account.${account.kind}`)}</small>
        </p>
        <Button describedBy={id} disabled={busy.value || (asks.value && passphrase.value === '')} onClick={begin}>
          {t('account.use')}
        </Button>
        <Button look="quiet" icon={Trash2} describedBy={id} onClick={() => session.accounts.remove(account.pubkey)}>
          {t('account.forget')}
        </Button>
      </div>
      {asks.value && (
        <Field
          label={t('login.passphrase')}
          kind="password"
          max={400}
          value={passphrase.value}
          onValue={(value) => {
            passphrase.value = value;
            problem.value = '';
          }}
        />
      )}
      {problem.value && <Notice tone="bad" title={problem.value} />}
    </li>
  );
}
