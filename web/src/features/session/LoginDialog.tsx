import { useSignal } from '@preact/signals';
import { ExternalLink, KeyRound, Puzzle, Smartphone, Sparkles } from 'lucide';
import type { ComponentChildren } from 'preact';
import { causeOf } from '../../lib/failureText.ts';
import type { Result } from '../../lib/result.ts';
import { extension } from '../../nostr/signer.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import { Accounts } from './Accounts.tsx';
import { Backup } from './Backup.tsx';
import css from './Login.module.css';
import type { Login } from './login.ts';
import type { Session, User } from './session.ts';
import { t } from './texts.ts';

type Step = 'ways' | 'key' | 'signer' | 'backup';

interface Props {
  login: Login;
  session: Session;
}

// The ways to log in. A nest that the user listens to goes on behind it.
export function LoginDialog({ login, session }: Props) {
  const step = useSignal<Step>(login.uri.peek() === '' ? 'ways' : 'signer');
  const busy = useSignal(false);
  const problem = useSignal('');

  // awaitApp waits for a signer app, which may take long. The other ways stay usable meanwhile.
  async function awaitApp(): Promise<void> {
    const done = await login.hop();
    if (done?.ok) login.close();
    else if (done) problem.value = causeOf(done.failure);
  }

  // attempt runs one way to log in. It shows a failure, and keeps what was typed.
  async function attempt(way: () => Promise<Result<User> | null>, then: () => void = login.close): Promise<void> {
    busy.value = true;
    problem.value = '';
    const done = await way();
    busy.value = false;
    if (done?.ok) then();
    else if (done) problem.value = causeOf(done.failure);
  }

  return (
    <Dialog title={t(step.value === 'backup' ? 'backup.heading' : 'login.heading')} onClose={login.close}>
      {problem.value && <Notice tone="bad" title={problem.value} />}
      {session.authUrl.value && <Allow url={session.authUrl.value} />}
      {step.value === 'ways' && <Accounts session={session} onDone={login.close} leave={(go) => go()} />}
      {step.value === 'ways' && (
        <Ways
          busy={busy.value}
          onFreshKey={() =>
            attempt(login.fresh, () => {
              step.value = 'backup';
            })
          }
          onExtension={() => attempt(login.withExtension)}
          onStep={(next) => {
            problem.value = '';
            step.value = next;
            if (next === 'signer') void awaitApp();
          }}
        />
      )}
      {step.value === 'key' && (
        <WithKey busy={busy.value} onSubmit={(key, passphrase) => attempt(() => login.withSecret(key, passphrase))} />
      )}
      {step.value === 'signer' && (
        <WithSigner login={login} onSubmit={(address) => attempt(() => login.withBunker(address))} />
      )}
      {step.value === 'backup' && <Backup session={session} onDone={login.close} />}
      {(step.value === 'key' || step.value === 'signer') && (
        <Button
          look="quiet"
          onClick={() => {
            login.giveUp();
            problem.value = '';
            step.value = 'ways';
          }}
        >
          {t('login.others')}
        </Button>
      )}
    </Dialog>
  );
}

function Ways({
  busy,
  onFreshKey,
  onExtension,
  onStep,
}: {
  busy: boolean;
  onFreshKey: () => void;
  onExtension: () => void;
  onStep: (step: Step) => void;
}) {
  const has = extension() !== null;
  return (
    <div class={css.ways}>
      {has && (
        <Way
          icon={Puzzle}
          title={t('login.extension')}
          text={t('login.extension.text')}
          disabled={busy}
          onClick={onExtension}
        />
      )}
      <Way icon={Sparkles} title={t('login.fresh')} text={t('login.fresh.text')} disabled={busy} onClick={onFreshKey} />
      <Way
        icon={Smartphone}
        title={t('login.signer')}
        text={t('login.signer.text')}
        disabled={busy}
        onClick={() => onStep('signer')}
      />
      <Way
        icon={KeyRound}
        title={t('login.key')}
        text={t('login.key.text')}
        disabled={busy}
        onClick={() => onStep('key')}
      />
      {!has && <p class={css.small}>{t('login.extension.none')}</p>}
    </div>
  );
}

function Way(props: { icon: typeof Puzzle; title: string; text: string; disabled: boolean; onClick: () => void }) {
  return (
    <button type="button" class={css.way} disabled={props.disabled} onClick={props.onClick}>
      <Icon icon={props.icon} size={24} />
      <span>
        <b>{props.title}</b>
        <small>{props.text}</small>
      </span>
    </button>
  );
}

function WithKey({ busy, onSubmit }: { busy: boolean; onSubmit: (key: string, passphrase: string) => void }) {
  const key = useSignal('');
  const passphrase = useSignal('');
  const isLocked = key.value.trim().toLowerCase().startsWith('ncryptsec1');
  return (
    <Form
      onSubmit={() => onSubmit(key.value, passphrase.value)}
      note={t('login.key.note')}
      disabled={busy || key.value.trim() === '' || (isLocked && passphrase.value === '')}
    >
      <Field
        label={t('login.key.field')}
        kind="password"
        autocomplete="current-password"
        max={400}
        placeholder="nsec1…"
        value={key.value}
        onValue={(value) => {
          key.value = value;
        }}
      />
      {isLocked && (
        <Field
          label={t('login.passphrase')}
          kind="password"
          max={400}
          value={passphrase.value}
          onValue={(value) => {
            passphrase.value = value;
          }}
        />
      )}
    </Form>
  );
}

function WithSigner({ login, onSubmit }: { login: Login; onSubmit: (address: string) => void }) {
  const address = useSignal('');
  const uri = login.uri.value;
  return (
    <div class={css.signer}>
      {uri && (
        <>
          <p>{t('login.signer.scan')}</p>
          <QrCode text={uri} label={t('login.signer.qr')} />
          <a class={css.open} href={uri}>
            <Icon icon={ExternalLink} size={18} /> {t('login.signer.open')}
          </a>
          <p class={css.waits} role="status">
            {t('login.signer.waits')}
          </p>
        </>
      )}
      <Form
        onSubmit={() => onSubmit(address.value)}
        note={t('login.bunker.note')}
        disabled={address.value.trim() === ''}
      >
        <Field
          label={t('login.bunker')}
          max={2000}
          placeholder="bunker://"
          value={address.value}
          onValue={(value) => {
            address.value = value;
          }}
        />
      </Form>
    </div>
  );
}

function Form(props: { onSubmit: () => void; note: string; disabled: boolean; children: ComponentChildren }) {
  return (
    <form
      class={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!props.disabled) props.onSubmit();
      }}
    >
      {props.children}
      <Button type="submit" look="main" disabled={props.disabled}>
        {t('login.submit')}
      </Button>
      <p class={css.small}>{props.note}</p>
    </form>
  );
}

function Allow({ url }: { url: string }) {
  return (
    <Notice
      title={t('login.allow')}
      actions={
        <a class={css.open} href={url} target="_blank" rel="noopener noreferrer">
          {t('login.allow.open')}
        </a>
      }
    />
  );
}
