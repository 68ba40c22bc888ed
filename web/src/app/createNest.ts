import { useLocation } from 'preact-iso';
import { create } from '../features/editor/create.ts';
import { startOf } from '../features/editor/draft.ts';
import type { Services } from './services.ts';

// useCreate opens the nest of the draft. The host lands in it, connected, at its own address; the microphone is asked
// for at the first unmute. One that begins later is only shown.
export function useCreate({ api, session, live, draft }: Services) {
  const { route } = useLocation();
  return async () => {
    const fields = draft.fields.value;
    const opened = await create(fields, api, session);
    if (opened.ok) {
      draft.clear();
      route(opened.value.path);
      if (startOf(fields) === 0) void live.enter(opened.value, 'member');
    }
    return opened;
  };
}
