import type { Roles } from '../nest/participants.ts';
import type { Chat } from './chat.ts';

// Props shared by the parts of the chat.
export interface ChatProps {
  chat: Chat;
  roles: Roles | null;
  mayWrite: boolean; // the user is in the nest with a key
  onLogin: () => void; // a guest wants to take part
}
