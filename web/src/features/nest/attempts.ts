// A user may leave a nest or enter another one while answers for the first are still on their way. Each such step
// begins a new attempt, and an answer counts only while its attempt is the current one.
export type IsCurrent = () => boolean;

export type Attempts = ReturnType<typeof createAttempts>;

// createAttempts returns begin, which starts an attempt and makes earlier ones outdated, and current, which refers to
// the attempt under way.
export function createAttempts() {
  let latest = 0;
  const current = (): IsCurrent => {
    const mine = latest;
    return () => mine === latest;
  };
  return {
    current,
    begin(): IsCurrent {
      latest++;
      return current();
    },
  };
}
