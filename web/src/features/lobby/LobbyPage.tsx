import { RefreshCw } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { StateCard } from '../../ui/StateCard.tsx';
import css from './LobbyPage.module.css';
import { NestCard } from './NestCard.tsx';
import type { LobbyState } from './nests.ts';

interface Parts {
  lobby: LobbyState;
  create: ComponentChildren;
  diagnostics: ComponentChildren; // shown where the list failed
}

// The list of nests; the form beside it comes from the app.
export function LobbyPage({ lobby, create, diagnostics }: Parts) {
  useEffect(() => void lobby.refresh(), [lobby]);
  return (
    <div class={css.page}>
      <header class={css.hero}>
        <h1>{t('lobby.heading')}</h1>
        <p>
          {t('lobby.lead')} <a href="#create">{t('lobby.lead.create')}</a>
        </p>
      </header>
      <section class={css.list} aria-labelledby="lobby-list" aria-busy={lobby.state.value.at === 'loading'}>
        <div class={css.bar}>
          <h2 id="lobby-list">{t('lobby.list')}</h2>
          <Button look="quiet" icon={RefreshCw} onClick={() => void lobby.refresh()}>
            {t('lobby.refresh')}
          </Button>
        </div>
        <List lobby={lobby} diagnostics={diagnostics} />
      </section>
      <div class={css.create} id="create">
        {create}
      </div>
    </div>
  );
}

function List({ lobby, diagnostics }: Omit<Parts, 'create'>) {
  const state = lobby.state.value;
  switch (state.at) {
    case 'loading':
      return (
        <div class={css.cards}>
          <span class="heard" role="status">
            {t('lobby.loading')}
          </span>
          {[0, 1, 2].map((n) => (
            <div class={css.skeleton} key={n} />
          ))}
        </div>
      );
    case 'failed':
      return (
        <StateCard
          scene="storm"
          level={2}
          title={t('lobby.failed')}
          text={state.failure.cause}
          hint={state.failure.hint}
          actions={<Button onClick={() => void lobby.refresh()}>{t('action.retry')}</Button>}
        >
          {diagnostics}
        </StateCard>
      );
    case 'shown':
      if (state.nests.length === 0) {
        return <StateCard scene="empty" title={t('lobby.empty')} text={t('lobby.empty.text')} />;
      }
      return (
        <ul class={css.cards}>
          {state.nests.map((nest) => (
            <NestCard nest={nest} key={nest.roomId} />
          ))}
        </ul>
      );
  }
}
