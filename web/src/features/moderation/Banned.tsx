import { useSignal } from '@preact/signals';
import { UserX } from 'lucide';
import type { Ban } from '../../lib/api.ts';
import { when } from '../../lib/dates.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { Notice } from '../../ui/Notice.tsx';
import css from './Banned.module.css';
import type { Bans } from './bans.ts';

// Banned is the button and its list of bans, which can be lifted.
export function Banned({ bans }: { bans: Bans }) {
  const open = useSignal(false);
  function show(): void {
    open.value = true;
    void bans.load();
  }
  return (
    <>
      <Button icon={UserX} onClick={show}>
        {t('action.banned')}
      </Button>
      {open.value && (
        <Dialog
          title={t('bans.heading')}
          onClose={() => {
            open.value = false;
          }}
        >
          <List bans={bans} />
        </Dialog>
      )}
    </>
  );
}

function List({ bans }: { bans: Bans }) {
  const state = bans.state.value;
  if (state.at === 'loading') return <p role="status">{t('bans.loading')}</p>;
  if (state.at === 'failed') {
    const again = <Button onClick={() => void bans.load()}>{t('action.retry')}</Button>;
    return <Notice tone="bad" title={causeOf(state.failure)} text={hintOf(state.failure)} actions={again} />;
  }
  if (state.bans.length === 0) return <p role="status">{t('bans.empty')}</p>;
  return (
    <ul class={css.list}>
      {state.bans.map((ban) => (
        <Row key={ban.pubkey} ban={ban} lift={bans.lift} />
      ))}
    </ul>
  );
}

function Row({ ban, lift }: { ban: Ban; lift: (ban: Ban) => Promise<void> }) {
  const busy = useSignal(false);
  const id = `ban-${ban.pubkey.slice(0, 12)}`;
  async function press(): Promise<void> {
    busy.value = true;
    await lift(ban);
    busy.value = false;
  }
  return (
    <li>
      <Face id={ban.pubkey} size={44} />
      <p id={id}>
        <span class={css.name}>
          <Name id={ban.pubkey} />
        </span>
        <span class={css.fact}>
          {ban.until
            ? t('bans.until', { time: when(ban.until, 'medium') })
            : t('bans.since', { time: when(ban.banned_at, 'medium') })}
        </span>
      </p>
      <Button describedBy={id} disabled={busy.value} onClick={() => void press()}>
        {t('action.lift')}
      </Button>
    </li>
  );
}
