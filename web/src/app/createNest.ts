import { useLocation } from 'preact-iso';
import { create } from '../features/editor/create.ts';
import { startOf } from '../features/editor/draft.ts';
import type { Services } from './services.ts';

// useCreate creates the nest of the draft and opens its page. The host enters it at once, unless it begins later.
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
