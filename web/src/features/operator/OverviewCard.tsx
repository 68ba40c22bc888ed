import css from './Operator.module.css';
import type { Overview, Part } from './operator.ts';
import { Card, Shown } from './parts.tsx';
import { t } from './texts.ts';

// OverviewCard shows the counts of the server and the events still to be published.
export function OverviewCard({ overview }: { overview: Part<Overview> }) {
  return (
    <Card id="glance" heading={t('glance.heading')}>
      <Shown of={overview}>{(value) => <Figures overview={value} />}</Shown>
    </Card>
  );
}

function Figures({ overview: { nests, inside, on_stage = 0, media_answers, drifts, outbox } }: { overview: Overview }) {
  const { pending, overdue, refused, gave_up, relays } = outbox;
  return (
    <>
      <dl class={css.figures}>
        <dt>{t('glance.nests')}</dt>
        <dd>{t('glance.nests.value', nests)}</dd>
        <dt>{t('glance.people')}</dt>
        <dd>{inside === undefined ? t('glance.unknown') : t('glance.people.value', { inside, stage: on_stage })}</dd>
        <dt>{t('glance.media')}</dt>
        <dd>{t(media_answers ? 'glance.media.yes' : 'glance.media.no')}</dd>
        <dt>{t('glance.drifts')}</dt>
        <dd>{drifts.length}</dd>
        <dt>{t('glance.outbox')}</dt>
        <dd>{t('glance.outbox.value', { pending, overdue, refused, gaveUp: gave_up })}</dd>
      </dl>
      {relays.length > 0 && (
        <ul class={css.list}>
          {relays.map(({ relay, state, count, words }) => (
            <li key={`${relay} ${state}`}>
              <code>{relay}</code>: {t(`relay.${state}`, { count })}
              {words && <span class={css.fine}> – {words}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
