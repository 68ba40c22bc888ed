import { MessageCircle } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { RoundButton } from '../../ui/RoundButton.tsx';
import css from './Chat.module.css';
import type { Chat } from './chat.ts';

// Opens the chat on phones. On wide screens the chat is always visible, and this button is hidden.
export function ChatButton({ chat }: { chat: Chat }) {
  const open = chat.sheet.value;
  const unread = chat.unread.value;
  return (
    <span class={css.pull}>
      <RoundButton
        icon={MessageCircle}
        word={t('region.chat')}
        count={unread}
        counted={t('chat.unread', { count: unread })}
        opens={{ id: 'chat', open }}
        onClick={() => {
          chat.sheet.value = !open;
        }}
      />
    </span>
  );
}
