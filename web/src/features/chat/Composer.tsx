import { useSignal } from '@preact/signals';
import { LogIn, SendHorizontal, X } from 'lucide';
import { useEffect, useId, useRef } from 'preact/hooks';
import { causeOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Name } from '../../ui/Identity.tsx';
import css from './Chat.module.css';
import type { Message } from './message.ts';
import type { ChatProps } from './props.ts';

interface Props extends ChatProps {
  replyTo: Message | null;
  onReplyEnd: () => void; // the reply was sent or dropped
  onSent: () => void;
}

const most = 2_000; // characters of one message

// The field for a new message: Enter sends, Shift+Enter begins a line. Guests see how to take part.
export function Composer({ chat, mayWrite, onLogin, replyTo, onReplyEnd, onSent }: Props) {
  const text = useSignal('');
  const busy = useSignal(false);
  const problem = useSignal('');
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  useEffect(() => {
    if (replyTo) field.current?.focus();
  }, [replyTo]);

  if (!mayWrite) {
    return (
      <div class={css.guest}>
        <p>{t('chat.guest')}</p>
        <Button icon={LogIn} onClick={onLogin}>
          {t('chat.join')}
        </Button>
      </div>
    );
  }

  async function send(): Promise<void> {
    const words = text.value;
    if (words.trim() === '' || busy.value) return;
    busy.value = true;
    problem.value = '';
    const answer = await chat.send(words, replyTo);
    busy.value = false;
    if (!answer.ok) {
      problem.value = causeOf(answer.failure);
      return;
    }
    if (text.value === words) text.value = ''; // a signer may take long, and the user may write on meanwhile
    onReplyEnd();
    onSent();
    field.current?.focus();
  }

  return (
    <form
      class={css.composer}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {replyTo && (
        <div class={css.replying}>
          <p>
            {t('chat.answers')} <Name id={replyTo.pubkey} />
          </p>
          <button type="button" class={css.close} aria-label={t('chat.noReply')} onClick={onReplyEnd}>
            <Icon icon={X} size={18} />
          </button>
        </div>
      )}
      {problem.value && (
        <p class={css.problem} role="alert">
          {problem.value}
        </p>
      )}
      <div class={css.write}>
        <label class="heard" for={id}>
          {t('chat.message')}
        </label>
        <textarea
          id={id}
          ref={field}
          class={css.field}
          rows={1}
          dir="auto"
          maxLength={most}
          placeholder={t('chat.placeholder')}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            // While text is being composed (Japanese, Chinese), Enter confirms it.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <button type="submit" class={css.send} aria-label={t('chat.send')} disabled={busy.value}>
          <Icon icon={SendHorizontal} />
        </button>
      </div>
    </form>
  );
}
