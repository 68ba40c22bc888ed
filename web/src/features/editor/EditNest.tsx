import { useSignal } from '@preact/signals';
import { CalendarPlus, Pencil, Save } from 'lucide';
import { useMemo } from 'preact/hooks';
import type { Info } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { type Result, refused } from '../../lib/result.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { TimeField } from '../../ui/TimeField.tsx';
import { createDraft, fieldsOf, localTime, nextHour } from './draft.ts';
import css from './EditNest.module.css';
import type { Editor } from './edit.ts';
import { NestFields } from './NestFields.tsx';

// EditNest is the button that opens the edit form.
export function EditNest({ info, editor, onSaved }: { info: Info; editor: Editor; onSaved: () => void }) {
  const open = useSignal(false);
  return (
    <>
      <Button
        icon={Pencil}
        onClick={() => {
          open.value = true;
        }}
      >
        {t('action.edit')}
      </Button>
      {open.value && (
        <Dialog
          title={t('edit.heading')}
          onClose={() => {
            open.value = false;
          }}
        >
          <Form
            info={info}
            editor={editor}
            onSaved={() => {
              open.value = false;
              onSaved();
            }}
          />
        </Dialog>
      )}
    </>
  );
}

function Form({ info, editor, onSaved }: { info: Info; editor: Editor; onSaved: () => void }) {
  // Created once: news about the nest must not change typed values.
  const draft = useMemo(() => createDraft(editor.upload, fieldsOf(info)), []);
  const { busy, failed, run } = useSaving();
  const save = async () => {
    const without = await draft.picking.settled();
    return without ? refused(without) : editor.save(info, draft.fields.value);
  };
  return (
    <form
      class={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.check(Date.now())) void run(save(), onSaved);
      }}
    >
      <NestFields draft={draft} editing />
      {failed && <Notice tone="bad" title={causeOf(failed)} text={hintOf(failed)} />}
      <Button type="submit" look="main" icon={Save} disabled={busy}>
        {busy ? t('edit.busy') : t('edit.save')}
      </Button>
    </form>
  );
}

// ScheduleNext plans the next session of an ended nest.
export function ScheduleNext({ host, editor, onScheduled }: { host: string; editor: Editor; onScheduled: () => void }) {
  const open = useSignal(false);
  const starts = useSignal(localTime(nextHour(Date.now() + 23 * 3_600_000)));
  const { busy, failed, run } = useSaving();
  const at = new Date(starts.value).getTime();
  return (
    <>
      <Button
        icon={CalendarPlus}
        onClick={() => {
          open.value = true;
        }}
      >
        {t('action.scheduleNext')}
      </Button>
      {open.value && (
        <Dialog
          title={t('action.scheduleNext')}
          onClose={() => {
            open.value = false;
          }}
        >
          <form
            class={css.form}
            onSubmit={(event) => {
              event.preventDefault();
              if (at > Date.now() + 60_000) void run(editor.scheduleNext(host, at), onScheduled);
            }}
          >
            <p>{t('next.text')}</p>
            <TimeField
              label={t('create.starts')}
              value={starts.value}
              min={localTime(Date.now())}
              onValue={(value) => {
                starts.value = value;
              }}
            />
            {failed && <Notice tone="bad" title={causeOf(failed)} text={hintOf(failed)} />}
            <Button type="submit" look="main" disabled={busy || !(at > Date.now() + 60_000)}>
              {busy ? t('edit.busy') : t('next.submit')}
            </Button>
          </form>
        </Dialog>
      )}
    </>
  );
}

// SignatureOwed asks the host to sign the event again after the nest changed.
export function SignatureOwed({
  text,
  sign,
  onSigned,
}: {
  text: string;
  sign: () => Promise<Result<Info>>;
  onSigned: () => void;
}) {
  const { busy, failed, run } = useSaving();
  return (
    <Notice
      title={text}
      text={failed ? causeOf(failed) : t('owed.text')}
      actions={
        <Button disabled={busy} onClick={() => void run(sign(), onSigned)}>
          {busy ? t('edit.busy') : t('owed.sign')}
        </Button>
      }
    />
  );
}

function useSaving() {
  const busy = useSignal(false);
  const failed = useSignal<Failure | null>(null);
  async function run(saving: Promise<Result<Info>>, onSaved: () => void): Promise<void> {
    busy.value = true;
    failed.value = null;
    const saved = await saving;
    busy.value = false;
    if (saved.ok) onSaved();
    else failed.value = saved.failure;
  }
  return { busy: busy.value, failed: failed.value, run };
}
