import { useSignal } from '@preact/signals';
import { CornerUpLeft } from 'lucide';
import { when } from '../../lib/dates.ts';
import { t } from '../../lib/i18n.ts';
import { type Piece, pieces } from '../../nostr/content.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { roleOf } from '../nest/participants.ts';
import css from './Chat.module.css';
import type { Chat } from './chat.ts';
import type { Message } from './message.ts';
import type { ChatProps } from './props.ts';

interface Props extends ChatProps {
  message: Message;
  before: Message | undefined;
  parent: Message | undefined; // the message it replies to, if loaded
  onShow: (id: string) => void;
  onReply: (message: Message) => void;
}

const long = 800; // characters; longer texts are cut until opened
const together = 300; // s within which messages of one person share one name

export function MessageRow({ message, before, parent, onShow, onReply, chat, roles, mayWrite }: Props) {
  const follows =
    before?.pubkey === message.pubkey && message.at - before.at < together && !message.replyTo && !before.replyTo;
  const role = roleOf(message.pubkey, roles);
  return (
    <article class={`${css.message} ${follows ? css.follows : ''}`}>
      <span class={css.face}>{!follows && <Face id={message.pubkey} size={36} />}</span>
      <div class={css.body}>
        <p class={follows ? 'heard' : css.by}>
          <span class={css.name}>
            <Name id={message.pubkey} />
          </span>
          {role !== 'member' && <span class={css.role}>{t(`role.${role}`)}</span>}
          <time dateTime={new Date(message.at * 1000).toISOString()} title={when(message.at * 1000, 'medium')}>
            {when(message.at * 1000, 'clock')}
          </time>
        </p>
        {message.replyTo && <Quote parent={parent} onShow={onShow} />}
        <Text text={message.text} />
        <Delivery message={message} chat={chat} />
      </div>
      {mayWrite && message.delivery === 'sent' ? (
        <button type="button" class={css.reply} aria-label={t('chat.reply')} onClick={() => onReply(message)}>
          <Icon icon={CornerUpLeft} size={18} />
        </button>
      ) : (
        <span />
      )}
    </article>
  );
}

function Quote({ parent, onShow }: { parent: Message | undefined; onShow: (id: string) => void }) {
  if (!parent) return <p class={css.lost}>{t('chat.answer')}</p>;
  return (
    <button type="button" class={css.quote} onClick={() => onShow(parent.id)}>
      <span class="heard">{t('chat.answers')} </span>
      <span class={css.name}>
        <Name id={parent.pubkey} />
      </span>{' '}
      <bdi class={css.quoted}>{parent.text.slice(0, 120)}</bdi>
    </button>
  );
}

// dir=auto and the block element keep direction marks in a text from affecting the rest of the page.
function Text({ text }: { text: string }) {
  const whole = useSignal(false);
  const cut = text.length > long && !whole.value;
  return (
    <>
      <p class={css.text} dir="auto">
        {pieces(cut ? `${text.slice(0, long)}…` : text).map((piece, index) => element(piece, index))}
      </p>
      {text.length > long && (
        <Button
          look="quiet"
          onClick={() => {
            whole.value = !whole.value;
          }}
        >
          {cut ? t('chat.whole') : t('chat.less')}
        </Button>
      )}
    </>
  );
}

function element(piece: Piece, key: number) {
  switch (piece.is) {
    case 'text':
      return piece.text;
    case 'link':
      return (
        <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc" dir="ltr">
          {piece.text}
        </a>
      );
    case 'mention':
      return (
        <span key={key} class={css.mention}>
          @<Name id={piece.pubkey} />
        </span>
      );
  }
}

function Delivery({ message, chat }: { message: Message; chat: Chat }) {
  switch (message.delivery) {
    case 'sent':
      return null;
    case 'sending':
      return <p class={css.delivery}>{t('chat.sending')}</p>;
    case 'waiting':
      return <p class={css.delivery}>{t('chat.waiting')}</p>;
    case 'refused':
      return (
        <div class={css.failed}>
          <p role="alert">{plain(message.words)}</p>
          <Button onClick={() => chat.retry(message)}>{t('action.retry')}</Button>
          <Button look="quiet" onClick={() => chat.discard(message)}>
            {t('chat.discard')}
          </Button>
        </div>
      );
  }
}

// plain makes a sentence of a relay's message (NIP-01: a prefix for machines, then text for people).
function plain(words: string): string {
  if (words.startsWith('rate-limited:')) return t('chat.tooFast');
  return t('chat.refused', { words: words.replace(/^[a-z-]+: /, '') });
}
