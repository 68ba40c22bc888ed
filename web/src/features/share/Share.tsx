import { useSignal } from '@preact/signals';
import { CalendarPlus, Copy, Send, Share2 } from 'lucide';
import type { Info } from '../../lib/api.ts';
import { causeOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import type { Result } from '../../lib/result.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import { calendar } from './calendar.ts';
import css from './Share.module.css';

interface Props {
  id: string;
  path: string;
  info: Info | null;
  onMessage: (text: string) => void;
  post: (text: string) => Promise<Result<number>>;
}

// Share is the button and its dialog with ways to share a nest.
export function Share(props: Props) {
  const open = useSignal(false);
  return (
    <>
      <Button
        icon={Share2}
        onClick={() => {
          open.value = true;
        }}
      >
        {t('action.share')}
      </Button>
      {open.value && (
        <Dialog
          title={t('share.heading')}
          onClose={() => {
            open.value = false;
          }}
        >
          <ShareOptions {...props} />
        </Dialog>
      )}
    </>
  );
}

function ShareOptions({ id, path, info, onMessage, post }: Props) {
  const url = new URL(path, location.origin).href;
  const title = info?.title || t('nest.untitled');
  const starts = info?.status === 'planned' ? info.starts_at : undefined;

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(url);
      onMessage(t('share.copied'));
    } catch {
      // the address is shown and can be copied by hand
    }
  }

  function save(): void {
    if (!starts) return;
    const text = calendar({ id, title, summary: info?.summary ?? '', starts, url, changed: Date.now() });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/calendar' }));
    link.download = 'nest.ics';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  return (
    <div class={css.ways}>
      <QrCode text={url} label={t('share.qr')} />
      <code class={css.url}>{url}</code>
      <div class={css.row}>
        <Button look="main" icon={Copy} onClick={() => void copy()}>
          {t('action.copyLink')}
        </Button>
        {'share' in navigator && (
          <Button icon={Share2} onClick={() => void navigator.share({ title, url }).catch(() => undefined)}>
            {t('share.device')}
          </Button>
        )}
        {starts && (
          <Button icon={CalendarPlus} onClick={save}>
            {t('share.calendar')}
          </Button>
        )}
      </div>
      {info?.access !== 'private' && (
        <Note text={t('share.note.text', { title, url })} post={post} onMessage={onMessage} />
      )}
    </div>
  );
}

function Note({ text, post, onMessage }: { text: string } & Pick<Props, 'post' | 'onMessage'>) {
  const note = useSignal(text);
  const busy = useSignal(false);
  const problem = useSignal('');
  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    busy.value = true;
    const posted = await post(note.value);
    busy.value = false;
    problem.value = posted.ok ? '' : causeOf(posted.failure);
    if (posted.ok) onMessage(t('share.note.posted', { count: posted.value }));
  }
  return (
    <form class={css.note} onSubmit={send}>
      <Field
        label={t('share.note')}
        long
        max={2000}
        value={note.value}
        onValue={(value) => {
          note.value = value;
        }}
      />
      {problem.value && <Notice tone="bad" title={problem.value} />}
      <Button type="submit" icon={Send} disabled={busy.value || note.value.trim() === ''}>
        {t('share.note.post')}
      </Button>
    </form>
  );
}
