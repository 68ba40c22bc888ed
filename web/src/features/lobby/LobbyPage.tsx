import { Search } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import type { Listed } from '../../lib/api.ts';
import { isAway } from '../../lib/errors.ts';
import { t } from '../../lib/i18n.ts';
import { causeOf, hintOf } from '../../lib/told.ts';
import { AwayCard } from '../../ui/AwayCard.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { StateCard } from '../../ui/StateCard.tsx';
import { WindowedGrid } from '../../ui/WindowedGrid.tsx';
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
  useEffect(() => lobby.watch(), [lobby]);
  return (
    <div class={css.page}>
      <header class={css.hero}>
        <h1>{t('lobby.heading')}</h1>
        <p>
          {t('lobby.lead')} <a href="#create">{t('lobby.lead.create')}</a>
        </p>
      </header>
      <section class={css.list} aria-label={t('lobby.list')} aria-busy={lobby.state.value.at === 'loading'}>
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
      if (isAway(state.failure)) {
        return (
          <AwayCard failure={state.failure} works={lobby.refresh}>
            {diagnostics}
          </AwayCard>
        );
      }
      return (
        <StateCard
          scene="storm"
          level={2}
          title={t('lobby.failed')}
          text={causeOf(state.failure)}
          hint={hintOf(state.failure)}
          actions={<Button onClick={() => void lobby.refresh()}>{t('action.retry')}</Button>}
        >
          {diagnostics}
        </StateCard>
      );
    case 'shown':
      if (state.nests.length === 0) {
        return <StateCard scene="empty" title={t('lobby.empty')} text={t('lobby.empty.text')} />;
      }
      return <Found lobby={lobby} />;
  }
}

function Found({ lobby }: { lobby: LobbyState }) {
  const { live, open, planned } = lobby.sections.value;
  const count = lobby.found.value.length;
  const filtered = lobby.search.value !== '' || lobby.tag.value !== '';
  return (
    <>
      <Filters lobby={lobby} />
      <p class="heard" role="status">
        {filtered ? t('lobby.found', { count }) : ''}
      </p>
      {count === 0 && (
        <StateCard
          scene="empty"
          title={t('lobby.nothing')}
          text={t('lobby.nothing.text')}
          actions={
            <Button
              onClick={() => {
                lobby.search.value = '';
                lobby.tag.value = '';
              }}
            >
              {t('lobby.all')}
            </Button>
          }
        />
      )}
      <Section title={t('lobby.live')} nests={live} />
      <Section title={t('lobby.open')} nests={open} />
      <Section title={t('lobby.planned')} nests={planned} />
    </>
  );
}

function Section({ title, nests }: { title: string; nests: Listed[] }) {
  if (nests.length === 0) return null;
  return (
    <section class={css.section}>
      <h2>
        {title} <span class={css.count}>{nests.length}</span>
      </h2>
      <WindowedGrid items={nests} label={title} rowHeight={236} columnMin={260} gap={16}>
        {(nest, index) => <NestCard key={nest.roomId} nest={nest} place={{ index, of: nests.length }} />}
      </WindowedGrid>
    </section>
  );
}

function Filters({ lobby }: { lobby: LobbyState }) {
  const id = useId();
  const tags = lobby.tags.value;
  return (
    <search class={css.filters}>
      <label class={css.search} for={id}>
        <Icon icon={Search} />
        <span class="heard">{t('lobby.search')}</span>
        <input
          id={id}
          type="search"
          placeholder={t('lobby.search')}
          autocomplete="off"
          value={lobby.search.value}
          onInput={(event) => {
            lobby.search.value = event.currentTarget.value;
          }}
        />
      </label>
      {tags.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these are toggles
        <div class={css.tags} role="group" aria-label={t('lobby.tags')}>
          {tags.map((tag) => (
            <button
              type="button"
              key={tag}
              class={css.tag}
              aria-pressed={lobby.tag.value === tag}
              onClick={() => {
                lobby.tag.value = lobby.tag.value === tag ? '' : tag;
              }}
            >
              <bdi>#{tag}</bdi>
            </button>
          ))}
        </div>
      )}
    </search>
  );
}
