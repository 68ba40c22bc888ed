import type { Box } from '../../lib/storage.ts';
import type { As } from './join.ts';

// createRemembered keeps which nest this tab is in, and as what, so that a reload joins it in the same way.
export function createRemembered(tab: Box) {
  return {
    keep: (id: string, as: As) => tab.write('in', JSON.stringify({ id, as })),
    forget: () => tab.remove('in'),
    // as returns how the tab was in a nest before a reload, null if it was not.
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
