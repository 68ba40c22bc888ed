import { when } from '../../lib/dates.ts';
import { Button } from '../../ui/Button.tsx';
import css from './Operator.module.css';
import type { Operator, Report } from './operator.ts';
import { Action, Card, confirmBlock, confirmEnd, Shown, Subject } from './parts.tsx';
import { t } from './texts.ts';

// Reports shows the open reports and the actions for each.
export function Reports({ operator }: { operator: Operator }) {
  const { reports } = operator;
  return (
    <Card id="reports" heading={t('reports.heading')}>
      <Shown of={reports}>
        {(list) =>
          list.length === 0 ? (
            <p role="status">{t('reports.empty')}</p>
          ) : (
            <ul class={css.list} aria-labelledby="operator-reports">
              {list.map((report) => (
                <Row report={report} operator={operator} key={report.id} />
              ))}
            </ul>
          )
        }
      </Shown>
      {reports.more.value && <Button onClick={() => void reports.loadMore()}>{t('more')}</Button>}
    </Card>
  );
}

function Row({ report, operator }: { report: Report; operator: Operator }) {
  const { id, why, words, by, at, pubkey, nest, text, author } = report;
  const described = `operator-report-${id.slice(0, 12)}`;
  return (
    <li>
      <p id={described} class={css.title} dir="auto">
        {[why, words].filter(Boolean).join(': ') || t('reports.plain')}
      </p>
      {pubkey && (
        <p>
          {t('reports.about')} <Subject of={pubkey} />
        </p>
      )}
      {text && author && author !== pubkey && (
        <p>
          {t('reports.author')} <Subject of={author} />
        </p>
      )}
      {text && (
        <p class={css.quote} dir="auto">
          {author === pubkey && <span class="heard">{t('reports.text')}</span>} {text}
        </p>
      )}
      <p class={css.fine}>
        {t('reports.by')} <Subject of={by} /> · {when(at, 'medium')}
      </p>
      {nest && (
        <p>
          <a class={css.link} href={`/n/${nest}`} aria-describedby={described}>
            {t('reports.nest')}
          </a>
        </p>
      )}
      <div class={css.row}>
        {nest && (
          <Action
            word={t('nests.end')}
            danger
            describedBy={described}
            sure={confirmEnd(nest.slice(0, 8))}
            run={() => operator.end(nest)}
          />
        )}
        {pubkey && (
          <Action
            word={t('reports.block')}
            describedBy={described}
            sure={confirmBlock(pubkey)}
            run={() => operator.block(pubkey, why)}
          />
        )}
        <Action word={t('reports.dismiss')} describedBy={described} run={() => operator.dismiss(id)} />
      </div>
    </li>
  );
}
