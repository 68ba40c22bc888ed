import { useSignal } from '@preact/signals';
import { ArrowDown, X } from 'lucide';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { WindowedList } from '../../ui/WindowedList.tsx';
import css from './Chat.module.css';
import { Composer } from './Composer.tsx';
import type { Chat } from './chat.ts';
import { MessageRow } from './MessageRow.tsx';
import type { Message } from './message.ts';
import type { ChatProps } from './props.ts';

// The chat of the nest: a column on wide screens, a sheet from below on phones.
export function ChatPanel(props: ChatProps) {
  const { chat } = props;
  const panel = useRef<HTMLElement>(null);
  const shut = useRef<HTMLButtonElement>(null);
  const messages = chat.messages.value;
  const open = chat.sheet.value;
  const older = chat.older.value;
  const atEnd = useSignal(true);
  const replyTo = useSignal<Message | null>(null);
  const go = useSignal<{ key: string | null } | null>(null);

  // Visible messages count as read.
  useEffect(() => {
    const read = () => {
      if (atEnd.value && document.visibilityState === 'visible' && panel.current?.checkVisibility()) chat.read();
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [messages, open, atEnd.value, chat]);

  const wasOpen = useRef(open);
  useEffect(() => {
    if (open && !wasOpen.current) shut.current?.focus();
    if (!open && wasOpen.current) document.querySelector<HTMLElement>('[aria-controls="chat"]')?.focus();
    wasOpen.current = open;
  }, [open]);

  // A page may hold only messages of muted people: then load the one before.
  const hidden = messages.length === 0 && chat.loaded.value && older === 'more';
  useEffect(() => {
    if (hidden) void chat.loadOlder();
  }, [hidden, chat]);

  const close = () => {
    chat.sheet.value = false;
  };

  return (
    <section
      id="chat"
      ref={panel}
      class={`${css.panel} ${open ? css.open : ''}`}
      aria-label={t('region.chat')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && open) close();
      }}
    >
      <header class={css.head}>
        <h2>{t('region.chat')}</h2>
        <button ref={shut} type="button" class={css.close} aria-label={t('chat.close')} onClick={close}>
          <Icon icon={X} />
        </button>
      </header>
      <Line chat={chat} />
      {older === 'failed' && (
        <div class={css.line}>
          <p role="status">{t('chat.older.failed')}</p>
          <Button onClick={() => void chat.loadOlder()}>{t('action.retry')}</Button>
        </div>
      )}
      {messages.length > 0 ? (
        <WindowedList
          items={messages}
          keyOf={(message) => message.id}
          label={t('chat.messages')}
          onTop={() => {
            if (older === 'more') void chat.loadOlder();
          }}
          onEnd={(is) => {
            atEnd.value = is;
          }}
          go={go.value}
        >
          {(message, index) => (
            <MessageRow
              message={message}
              before={messages[index - 1]}
              parent={messages.find(({ id }) => id === message.replyTo)}
              onShow={(id) => {
                go.value = { key: id };
              }}
              onReply={(to) => {
                replyTo.value = to;
              }}
              {...props}
            />
          )}
        </WindowedList>
      ) : (
        <Nothing chat={chat} />
      )}
      {!atEnd.value && chat.unread.value > 0 && (
        <div class={css.more}>
          <Button
            look="main"
            icon={ArrowDown}
            onClick={() => {
              go.value = { key: null };
            }}
          >
            {t('chat.unread', { count: chat.unread.value })}
          </Button>
        </div>
      )}
      <Composer
        {...props}
        replyTo={replyTo.value}
        onReplyEnd={() => {
          replyTo.value = null;
        }}
        onSent={() => {
          go.value = { key: null };
        }}
      />
    </section>
  );
}

// Line shows that the chat is offline or that the relay refused to show it.
function Line({ chat }: { chat: Chat }) {
  const words = chat.refused.value;
  const text = words ? t('chat.shut', { words: words.replace(/^[a-z-]+: /, '') }) : t('chat.offline');
  if (!words && chat.line.value !== 'lost') return null;
  return (
    <p class={css.line} role="status">
      {text}
    </p>
  );
}

// Nothing replaces the list while there are no messages: not yet loaded, or none written.
function Nothing({ chat }: { chat: Chat }) {
  if (chat.loaded.value) {
    return (
      <div class={css.nothing}>
        <p>{t('chat.empty')}</p>
      </div>
    );
  }
  return (
    <div class={css.nothing}>
      {chat.line.value === 'connecting' && <p role="status">{t('chat.connecting')}</p>}
      <div class={css.skeleton} aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    </div>
  );
}
