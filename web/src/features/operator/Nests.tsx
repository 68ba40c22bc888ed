import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Face } from '../../ui/Identity.tsx';
import css from './Operator.module.css';
import type { Operator, Overseen } from './operator.ts';
import { Action, Card, Shown, Subject, sureToBlock, sureToEnd } from './parts.tsx';
import { say } from './texts.ts';

// Nests with who is inside, private ones, too; any can be ended.
export function Nests({ operator }: { operator: Operator }) {
  const { nests, all, showAll } = operator;
  return (
    <Card id="nests" heading={say('nests.heading')}>
      <Check word={say('nests.all')} checked={all.value} onChecked={(is) => void showAll(is)} />
      <Shown of={nests}>
        {(list) =>
          list.length === 0 ? (
            <p role="status">{say(all.value ? 'nests.none' : 'nests.empty')}</p>
          ) : (
            <ul class={css.list} aria-labelledby="operator-nests">
              {list.map((nest) => (
                <Row nest={nest} operator={operator} key={nest.roomId} />
              ))}
            </ul>
          )
        }
      </Shown>
      {nests.more.value && <Button onClick={() => void nests.goOn()}>{say('more')}</Button>}
    </Card>
  );
}

function Row({ nest, operator }: { nest: Overseen; operator: Operator }) {
  const id = `operator-nest-${nest.roomId}`;
  const facts = [
    say(`nests.status.${nest.status}`),
    nest.access === 'private' ? say('nests.private') : '',
    nest.participantCount === undefined ? '' : say('nests.inside', { count: nest.participantCount }),
  ];
  return (
    <li>
      <p class={css.title}>
        <a id={id} href={`/n/${nest.roomId}`} dir="auto">
          {nest.title || say('untitled')}
        </a>
      </p>
      <p class={css.fine}>{facts.filter(Boolean).join(' · ')}</p>
      <p class={css.fine}>
        {say('nests.host')} <Subject of={nest.host} />
      </p>
      {nest.people.length > 0 && <People nest={nest} />}
      {nest.status !== 'ended' && (
        <div class={css.row}>
          <Action
            word={say('nests.end')}
            danger
            describedBy={id}
            sure={sureToEnd(nest.title)}
            run={() => operator.end(nest.roomId)}
          />
          <Action
            word={say('nests.block')}
            describedBy={id}
            sure={sureToBlock(nest.host)}
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
        {say('nests.who')} <span class="heard">{title || say('untitled')}</span>
      </summary>
      <ul>
        {people.map(({ identity, on_stage }) => (
          <li key={identity}>
            <Face id={identity} size={28} />
            <span>
              <Subject of={identity} />
              {on_stage && <span class={css.fine}> · {say('nests.stage')}</span>}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
