import { when } from '../../lib/dates.ts';
import { Button } from '../../ui/Button.tsx';
import { Name } from '../../ui/Identity.tsx';
import css from './Operator.module.css';
import type { Act, Pages } from './operator.ts';
import { Card, Shown, Subject } from './parts.tsx';
import { knownAct, t } from './texts.ts';

// Audit shows the audit log: who did what to whom, where and when.
export function Audit({ audit }: { audit: Pages<Act> }) {
  return (
    <Card id="audit" heading={t('audit.heading')}>
      <p class={css.fine}>{t('audit.text')}</p>
      <Shown of={audit}>
        {(list) =>
          list.length === 0 ? (
            <p role="status">{t('audit.empty')}</p>
          ) : (
            <ul class={css.list} aria-labelledby="operator-audit">
              {list.map((act, n) => (
                <Line act={act} key={`${act.at} ${n}`} />
              ))}
            </ul>
          )
        }
      </Shown>
      {audit.more.value && <Button onClick={() => void audit.loadMore()}>{t('more')}</Button>}
    </Card>
  );
}

const isID = (target: string): boolean => /^[0-9a-f]{8}-/.test(target); // the id of an invite is not shown

function Line({ act: { at, actor, act, target, nest, outcome } }: { act: Act }) {
  return (
    <li>
      <p>
        <Name id={actor} /> {knownAct(act)}{' '}
        {target && !isID(target) && act !== 'report_dismiss' && <Subject of={target} />}
        {outcome !== 'done' && <strong> ({t('audit.failed', { code: outcome })})</strong>}
      </p>
      <p class={css.fine}>
        {when(at, 'medium')}
        {nest && (
          <>
            {' · '}
            <a href={`/n/${nest}`}>{nest.slice(0, 8)}</a>
          </>
        )}
      </p>
    </li>
  );
}
