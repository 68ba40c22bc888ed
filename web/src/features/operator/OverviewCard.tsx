import css from './Operator.module.css';
import type { Overview, Part } from './operator.ts';
import { Card, Shown } from './parts.tsx';
import { say } from './texts.ts';

// How much there is, and what relays still owe an answer to.
export function Glance({ overview }: { overview: Part<Overview> }) {
  return (
    <Card id="glance" heading={say('glance.heading')}>
      <Shown of={overview}>{(value) => <Figures overview={value} />}</Shown>
    </Card>
  );
}

function Figures({ overview: { nests, inside, on_stage = 0, media_answers, drifts, outbox } }: { overview: Overview }) {
  const { pending, overdue, refused, gave_up, relays } = outbox;
  return (
    <>
      <dl class={css.figures}>
        <dt>{say('glance.nests')}</dt>
        <dd>{say('glance.nests.value', nests)}</dd>
        <dt>{say('glance.people')}</dt>
        <dd>
          {inside === undefined ? say('glance.unknown') : say('glance.people.value', { inside, stage: on_stage })}
        </dd>
        <dt>{say('glance.media')}</dt>
        <dd>{say(media_answers ? 'glance.media.yes' : 'glance.media.no')}</dd>
        <dt>{say('glance.drifts')}</dt>
        <dd>{drifts.length}</dd>
        <dt>{say('glance.outbox')}</dt>
        <dd>{say('glance.outbox.value', { pending, overdue, refused, gaveUp: gave_up })}</dd>
      </dl>
      {relays.length > 0 && (
        <ul class={css.list}>
          {relays.map(({ relay, state, count, words }) => (
            <li key={`${relay} ${state}`}>
              <code>{relay}</code>: {say(`relay.${state}`, { count })}
              {words && <span class={css.fine}> – {words}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
