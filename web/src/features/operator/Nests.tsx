import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Face } from '../../ui/Identity.tsx';
import css from './Operator.module.css';
import type { Operator, Overseen } from './operator.ts';
import { Action, Card, confirmBlock, confirmEnd, Shown, Subject } from './parts.tsx';
import { t } from './texts.ts';

// Nests shows all nests and their participants, private ones too. An operator can end each.
export function Nests({ operator }: { operator: Operator }) {
  const { nests, all, showAll } = operator;
  return (
    <Card id="nests" heading={t('nests.heading')}>
      <Check word={t('nests.all')} checked={all.value} onChecked={(is) => void showAll(is)} />
      <Shown of={nests}>
        {(list) =>
          list.length === 0 ? (
            <p role="status">{t(all.value ? 'nests.none' : 'nests.empty')}</p>
          ) : (
            <ul class={css.list} aria-labelledby="operator-nests">
              {list.map((nest) => (
                <Row nest={nest} operator={operator} key={nest.roomId} />
              ))}
            </ul>
          )
        }
      </Shown>
      {nests.more.value && <Button onClick={() => void nests.loadMore()}>{t('more')}</Button>}
    </Card>
  );
}

function Row({ nest, operator }: { nest: Overseen; operator: Operator }) {
  const id = `operator-nest-${nest.roomId}`;
  const facts = [
    t(`nests.status.${nest.status}`),
    nest.access === 'private' ? t('nests.private') : '',
    nest.participantCount === undefined ? '' : t('nests.inside', { count: nest.participantCount }),
  ];
  return (
    <li>
      <p class={css.title}>
        <a id={id} href={`/n/${nest.roomId}`} dir="auto">
          {nest.title || t('untitled')}
        </a>
      </p>
      <p class={css.fine}>{facts.filter(Boolean).join(' · ')}</p>
      <p class={css.fine}>
        {t('nests.host')} <Subject of={nest.host} />
      </p>
      {nest.people.length > 0 && <People nest={nest} />}
      {nest.status !== 'ended' && (
        <div class={css.row}>
          <Action
            word={t('nests.end')}
            danger
            describedBy={id}
            sure={confirmEnd(nest.title)}
            run={() => operator.end(nest.roomId)}
          />
          <Action
            word={t('nests.block')}
            describedBy={id}
            sure={confirmBlock(nest.host)}
            run={() => operator.block(nest.host)}
          />
        </div>
      )}
    </li>
  );
}

function People({ nest: { people, title } }: { nest: Overseen }) {
  return (
    <details class={css.people}>
      <summary class="hit">
        {t('nests.who')} <span class="heard">{title || t('untitled')}</span>
      </summary>
      <ul>
        {people.map(({ identity, on_stage }) => (
          <li key={identity}>
            <Face id={identity} size={28} />
            <span>
              <Subject of={identity} />
              {on_stage && <span class={css.fine}> · {t('nests.stage')}</span>}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
