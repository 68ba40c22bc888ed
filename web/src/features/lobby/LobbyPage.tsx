import { Search, UserRoundCheck } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import type { Listed } from '../../lib/api.ts';
import { isAway } from '../../lib/errors.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { AwayCard } from '../../ui/AwayCard.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { StateCard } from '../../ui/StateCard.tsx';
import { WindowedGrid } from '../../ui/WindowedGrid.tsx';
import type { Elsewhere } from './foreign.ts';
import css from './LobbyPage.module.css';
import { NestCard } from './NestCard.tsx';
import type { LobbyState } from './nests.ts';

interface Parts {
  lobby: LobbyState;
  create: ComponentChildren;
  diagnostics: ComponentChildren; // shown if the list could not be loaded
}

// LobbyPage shows the create form, this server's nests and, last because they load later, nests of other
// servers.
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
      <div class={css.elsewhere}>
        <Section title={t('lobby.elsewhere')} nests={shownElsewhere(lobby)} />
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
          <AwayCard failure={state.failure} retry={lobby.refresh}>
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
      return state.nests.length + lobby.elsewhere.value.length === 0 && !lobby.followed.value ? (
        <Quiet />
      ) : (
        <Found lobby={lobby} />
      );
  }
}

const Quiet = () => <StateCard scene="empty" title={t('lobby.empty')} text={t('lobby.empty.text')} />;

// While the follow list is loading or missing, the filter shows no nests.
const filterPending = (lobby: LobbyState) => lobby.followed.value && lobby.followingState.value !== 'read';

const shownElsewhere = (lobby: LobbyState): Elsewhere[] =>
  lobby.state.value.at !== 'shown' || filterPending(lobby) ? [] : lobby.foundElsewhere.value;

function Found({ lobby }: { lobby: LobbyState }) {
  const { live, open, planned } = lobby.sections.value;
  const count = lobby.found.value.length + lobby.foundElsewhere.value.length;
  const filtered = lobby.search.value !== '' || lobby.tag.value !== '' || lobby.followed.value;
  return (
    <>
      <Filters lobby={lobby} />
      <p class="heard" role="status">
        {filtered && !filterPending(lobby) ? t('lobby.found', { count }) : ''}
      </p>
      {filterPending(lobby) ? (
        <Followed lobby={lobby} />
      ) : (
        <>
          {lobby.found.value.length === 0 && (filtered ? <Nothing lobby={lobby} /> : <Quiet />)}
          <Section title={t('lobby.live')} nests={live} />
          <Section title={t('lobby.open')} nests={open} />
          <Section title={t('lobby.planned')} nests={planned} />
        </>
      )}
    </>
  );
}

function Nothing({ lobby }: { lobby: LobbyState }) {
  const others = lobby.foundElsewhere.value.length;
  const onlyFollowed = lobby.followed.value && lobby.search.value === '' && lobby.tag.value === '';
  return (
    <StateCard
      scene="empty"
      title={onlyFollowed ? t('lobby.nobody') : t('lobby.nothing')}
      text={
        others > 0
          ? t('lobby.nothing.elsewhere', { count: others })
          : onlyFollowed
            ? t('lobby.nobody.text')
            : t('lobby.nothing.text')
      }
      actions={<Button onClick={lobby.showAll}>{t('lobby.all')}</Button>}
    />
  );
}

// Followed replaces the list while the follow list is loading or missing.
function Followed({ lobby }: { lobby: LobbyState }) {
  if (lobby.followingState.value === 'reading') {
    return (
      <>
        <p role="status" class={css.wait}>
          {t('lobby.followed.reading')}
        </p>
        <div class={css.cards}>
          <div class={css.skeleton} />
        </div>
      </>
    );
  }
  return (
    <StateCard
      scene="away"
      title={t('lobby.followed.missing')}
      text={t('lobby.followed.missing.text')}
      actions={
        <>
          <Button onClick={() => void lobby.reloadFollowing()}>{t('action.retry')}</Button>
          <Button onClick={lobby.showAll}>{t('lobby.all')}</Button>
        </>
      }
    />
  );
}

function Section({ title, nests }: { title: string; nests: (Listed | Elsewhere)[] }) {
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
      {(tags.length > 0 || lobby.mayFollow.value) && (
        <div class={css.tags}>
          {lobby.mayFollow.value && (
            <button
              type="button"
              class={`${css.tag} ${css.people}`}
              aria-pressed={lobby.followed.value}
              onClick={() => lobby.follow(!lobby.followed.value)}
            >
              <Icon icon={UserRoundCheck} size={18} />
              {t('lobby.followed')}
            </button>
          )}
          {tags.length > 0 && (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these are toggles
            <div class={css.topics} role="group" aria-label={t('lobby.tags')}>
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
        </div>
      )}
    </search>
  );
}
