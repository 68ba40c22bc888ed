import { useSignal } from '@preact/signals';
import { Copy, Save } from 'lucide';
import { useEffect } from 'preact/hooks';
import { npub } from '../../nostr/link.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import css from './Login.module.css';
import type { Session } from './session.ts';
import { t } from './texts.ts';

// Shows the key for backup, because the key is the account. Password managers recognise the form and offer
// to save both fields.
export function Backup({ session, onDone }: { session: Session; onDone: () => void }) {
  const key = useSignal('');
  const copied = useSignal(false);
  const passphrase = useSignal('');
  const keeping = useSignal(false);
  const user = session.user.value;
  useEffect(() => {
    const secret = session.secret();
    if (secret) void import('../../nostr/local.ts').then(({ nsecOf }) => (key.value = nsecOf(secret)));
  }, [session, key]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(key.value);
      copied.value = true;
    } catch {
      // the key can still be copied by hand
    }
  }

  async function keep(): Promise<void> {
    keeping.value = true;
    // One frame first, so that the button changes: the derivation blocks the page for half a second.
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    await session.keepLocked(passphrase.value);
    keeping.value = false;
    onDone();
  }

  if (!user) return null;
  return (
    <div class={css.signer}>
      <p>{t('backup.text')}</p>
      <p>{t('backup.save')}</p>
      <form
        class={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          session.saved();
          onDone();
        }}
      >
        <label class={css.name}>
          {t('backup.name')}
          <input type="text" name="username" autocomplete="username" readOnly value={npub(user.pubkey)} />
        </label>
        <label class={css.name}>
          {t('backup.key')}
          <input type="password" name="password" autocomplete="new-password" readOnly value={key.value} />
        </label>
        <div class={css.row}>
          <Button icon={Copy} onClick={() => void copy()}>
            {copied.value ? t('backup.copied') : t('backup.copy')}
          </Button>
          <Button type="submit" look="main">
            {t('backup.done')}
          </Button>
        </div>
      </form>
      <details class={css.keep}>
        <summary>{t('backup.device')}</summary>
        <Field
          label={t('backup.passphrase')}
          kind="password"
          autocomplete="new-password"
          max={400}
          value={passphrase.value}
          onValue={(value) => {
            passphrase.value = value;
          }}
        />
        <Button icon={Save} disabled={passphrase.value.length < 8 || keeping.value} onClick={() => void keep()}>
          {keeping.value ? t('backup.keeping') : t('backup.keep')}
        </Button>
        <p class={css.small}>{t('backup.device.note')}</p>
      </details>
    </div>
  );
}
