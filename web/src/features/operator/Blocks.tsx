import { useSignal } from '@preact/signals';
import { when } from '../../lib/dates.ts';
import { Field } from '../../ui/Field.tsx';
import { Select } from '../../ui/Select.tsx';
import css from './Operator.module.css';
import type { Block, Operator } from './operator.ts';
import { Action, Card, confirmBlock, Shown, Subject } from './parts.tsx';
import { t } from './texts.ts';

// Blocks shows the blocks on this server, and the form for a new one.
export function Blocks({ operator }: { operator: Operator }) {
  return (
    <Card id="blocks" heading={t('blocks.heading')}>
      <Shown of={operator.blocks}>
        {(list) =>
          list.length === 0 ? (
            <p role="status">{t('blocks.empty')}</p>
          ) : (
            <ul class={css.list} aria-labelledby="operator-blocks">
              {list.map((block) => (
                <Row block={block} operator={operator} key={block.subject} />
              ))}
            </ul>
          )
        }
      </Shown>
      <Add operator={operator} />
    </Card>
  );
}

function Row({ block: { subject, reason, at, until }, operator }: { block: Block; operator: Operator }) {
  const id = `operator-block-${subject.replace(/[^0-9a-f]/g, '-').slice(0, 40)}`;
  const times = [
    t('blocks.since', { time: when(at, 'medium') }),
    until ? t('blocks.until', { time: when(until, 'medium') }) : '',
  ];
  return (
    <li class={css.line}>
      <div>
        <p id={id}>
          <Subject of={subject} />
        </p>
        {reason && <p dir="auto">{reason}</p>}
        <p class={css.fine}>{times.filter(Boolean).join(', ')}</p>
      </div>
      <Action word={t('blocks.lift')} describedBy={id} run={() => operator.unblock(subject)} />
    </li>
  );
}

const hour = 3_600_000;
const times = { ever: 0, hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour };
type Time = keyof typeof times;

function Add({ operator }: { operator: Operator }) {
  const subject = useSignal('');
  const reason = useSignal('');
  const time = useSignal<Time>('ever');
  const whom = subject.value.trim();
  async function run() {
    const until = times[time.value];
    const done = await operator.block(whom, reason.value.trim(), until && Date.now() + until);
    if (done.ok) subject.value = reason.value = '';
    return done;
  }
  return (
    <div class={css.form}>
      <Field
        label={t('blocks.subject')}
        placeholder={t('blocks.subject.hint')}
        value={subject.value}
        onValue={(value) => {
          subject.value = value;
        }}
        max={100}
      />
      <Field
        label={t('blocks.reason')}
        value={reason.value}
        onValue={(value) => {
          reason.value = value;
        }}
        max={200}
      />
      <Select<Time>
        label={t('blocks.for')}
        value={time.value}
        onValue={(value) => {
          time.value = value;
        }}
        options={(Object.keys(times) as Time[]).map((value) => ({ value, word: t(`blocks.for.${value}`) }))}
      />
      <div class={css.row}>
        <Action word={t('blocks.add')} danger disabled={whom === ''} sure={confirmBlock(whom)} run={run} />
      </div>
    </div>
  );
}
