import type { Failure } from './errors.ts';

// A call that can be refused answers with a value, so that nobody forgets the refusal; only bugs are thrown.
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const refused = <T = never>(failure: Failure): Result<T> => ({ ok: false, failure });
