import { useId } from 'preact/hooks';
import { timeZone } from '../../lib/dates.ts';
import { t } from '../../lib/i18n.ts';
import { Check } from '../../ui/Check.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { Field } from '../../ui/Field.tsx';
import { TimeField } from '../../ui/TimeField.tsx';
import { tints } from '../../ui/tints.ts';
import { type Draft, localTime, nextHour } from './draft.ts';
import css from './NestFields.module.css';
import { PictureField } from './PictureField.tsx';

interface Props {
  draft: Draft;
  editing?: boolean; // an existing nest: fields that only its creation sets are left out
}

// NestFields are the form fields that describe a nest.
export function NestFields({ draft, editing = false }: Props) {
  const fields = draft.fields.value;
  const problem = (name: keyof typeof fields) => {
    const key = draft.problems.value[name];
    return key === undefined ? undefined : t(key);
  };
  return (
    <>
      <Field
        label={t('create.title')}
        value={fields.title}
        max={200}
        required
        placeholder={t('create.title.example')}
        problem={problem('title')}
        onValue={(value) => draft.set('title', value)}
      />
      {(!editing || fields.later) && <When draft={draft} editing={editing} problem={problem('starts')} />}
      <Choice
        legend={t('create.access')}
        value={fields.access}
        onValue={(value) => draft.set('access', value)}
        options={[
          { value: 'open', word: t('create.access.open'), hint: t('create.access.open.hint') },
          { value: 'private', word: t('create.access.private'), hint: t('create.access.private.hint') },
        ]}
      />
      {!editing && (
        <div class={css.check}>
          <Check
            word={fields.access === 'private' ? t('create.guests.private') : t('create.guests')}
            checked={fields.guests}
            onChecked={(is) => draft.set('guests', is)}
          />
        </div>
      )}
      <Field
        label={t('create.summary')}
        value={fields.summary}
        max={2000}
        long
        onValue={(value) => draft.set('summary', value)}
      />
      <Colours value={fields.color} onValue={(value) => draft.set('color', value)} />
      <PictureField draft={draft} problem={problem('image')} />
      <Field
        label={t('create.hashtags')}
        value={fields.hashtags}
        max={300}
        placeholder={t('create.hashtags.example')}
        onValue={(value) => draft.set('hashtags', value)}
      />
      {!editing && fields.access === 'open' && (
        <Field
          label={t('create.relays')}
          value={fields.relays}
          max={4000}
          long
          placeholder="wss://"
          problem={problem('relays')}
          onValue={(value) => draft.set('relays', value)}
        />
      )}
    </>
  );
}

function When({ draft, editing, problem }: Props & { problem: string | undefined }) {
  const { later, starts } = draft.fields.value;
  return (
    <>
      {!editing && (
        <Choice
          legend={t('create.when')}
          value={later ? 'later' : 'now'}
          onValue={(value) => {
            draft.set('later', value === 'later');
            if (value === 'later' && starts === '') draft.set('starts', localTime(nextHour(Date.now())));
          }}
          options={[
            { value: 'now', word: t('create.when.now'), hint: t('create.when.now.hint') },
            { value: 'later', word: t('create.when.later'), hint: t('create.when.later.hint') },
          ]}
        />
      )}
      {later && (
        <TimeField
          label={t('create.starts')}
          value={starts}
          min={localTime(Date.now())}
          note={t('create.starts.zone', { zone: timeZone() })}
          problem={problem}
          onValue={(value) => draft.set('starts', value)}
        />
      )}
    </>
  );
}

function Colours({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const name = useId();
  return (
    <fieldset class={css.colours}>
      <legend>{t('create.color')}</legend>
      <div>
        {[{ value: '', name: 'own' } as const, ...tints].map((tint) => (
          <label key={tint.name} class={css.colour} title={t(`color.${tint.name}`)}>
            <input
              type="radio"
              name={name}
              checked={tint.value === value}
              onChange={() => onValue(tint.value)}
              aria-label={t(`color.${tint.name}`)}
            />
            <span style={tint.value ? { background: tint.value } : {}} class={tint.value ? css.dot : css.none} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
