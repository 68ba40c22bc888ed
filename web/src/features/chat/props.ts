import type { Roles } from '../room/people.ts';
import type { Chat } from './chat.ts';

// What every part of the chat is given.
export interface ChatProps {
  chat: Chat;
  roles: Roles | null;
  mayWrite: boolean; // inside with a key
  onLogin: () => void; // a guest wants to take part
}
