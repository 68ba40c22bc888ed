import { useSignal } from '@preact/signals';
import { Flag } from 'lucide';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import type { Result } from '../../lib/result.ts';
import type { Published } from '../../nostr/relay.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Select } from '../../ui/Select.tsx';
import css from './ReportDialog.module.css';
import { type Reason, reasons } from './report.ts';
import { t } from './texts.ts';

interface Props {
  name: string;
  send: (reason: Reason, note: string) => Promise<Result<Published>>;
  onClose: () => void;
}

interface Problem {
  title: string;
  text?: string | undefined;
}

// ReportDialog sends a report to the operators. The text stays in the form until the report has arrived.
export function ReportDialog({ name, send, onClose }: Props) {
  const reason = useSignal<Reason>('profanity');
  const note = useSignal('');
  const at = useSignal<'writing' | 'sending' | 'sent'>('writing');
  const problem = useSignal<Problem | null>(null);

  async function submit(): Promise<void> {
    at.value = 'sending';
    problem.value = null;
    problem.value = problemOf(await send(reason.value, note.value));
    at.value = problem.value ? 'writing' : 'sent';
  }

  return (
    <Dialog title={t('heading')} onClose={onClose}>
      <p class={css.name} dir="auto">
        {name}
      </p>
      {at.value === 'sent' ? (
        <div role="status" tabIndex={-1} ref={(element) => element?.focus()}>
          <Notice
            title={t('sent')}
            text={t('sent.hint')}
            actions={<Button onClick={onClose}>{t('action.close')}</Button>}
          />
        </div>
      ) : (
        <form
          class={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Select
            label={t('reason')}
            options={reasons.map((value) => ({ value, word: t(`reason.${value}`) }))}
            value={reason.value}
            onValue={(value) => {
              reason.value = value;
            }}
          />
          <Field
            label={t('note')}
            value={note.value}
            onValue={(value) => {
              note.value = value;
            }}
            max={2_000}
            long
          />
          <p class={css.who}>{t('who')}</p>
          <p class={css.who}>{t('who.host')}</p>
          {problem.value && <Notice tone="bad" {...problem.value} />}
          <Button type="submit" look="main" icon={Flag} disabled={at.value === 'sending'}>
            {t('send')}
          </Button>
        </form>
      )}
    </Dialog>
  );
}

function problemOf(answer: Result<Published>): Problem | null {
  if (!answer.ok) return { title: causeOf(answer.failure), text: hintOf(answer.failure) };
  const published = answer.value;
  if (published.ok) return null;
  if (published.lost) return { title: t('away'), text: t('away.hint') };
  return { title: t('refused', { words: published.words.replace(/^[a-z-]+: /, '') }) };
}
