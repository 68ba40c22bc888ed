import type { Box } from '../../lib/storage.ts';
import type { As } from './join.ts';

// createRemembered keeps how this tab is in a nest, so that a reload comes back the same way.
export function createRemembered(tab: Box) {
  return {
    keep: (id: string, as: As) => tab.write('in', JSON.stringify({ id, as })),
    forget: () => tab.remove('in'),
    // wasIn tells how the tab was in a nest before a reload, or null.
    as(id: string): As | null {
      try {
        const value = JSON.parse(tab.read('in') ?? 'null') as { id?: string; as?: As } | null;
        return value?.id === id ? (value.as ?? 'guest') : null;
      } catch {
        return null;
      }
    },
  };
}
