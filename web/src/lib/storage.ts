// Web storage that may be missing, full or forbidden. Then the app remembers nothing, and does not fail.
export interface Box {
  read(key: string): string | null;
  write(key: string, value: string): void;
  remove(key: string): void;
}

// box returns access to a storage under the prefix nests. It never throws.
export function box(storage: () => Storage): Box {
  const attempt = <T>(use: (s: Storage) => T, otherwise: T): T => {
    try {
      return use(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    read: (key) => attempt((s) => s.getItem(`nests.${key}`), null),
    write: (key, value) => attempt((s) => s.setItem(`nests.${key}`, value), undefined),
    remove: (key) => attempt((s) => s.removeItem(`nests.${key}`), undefined),
  };
}
