import type { Failure } from './errors.ts';

// A call that can fail returns a Result, so that the compiler asks for the failure. Only bugs are thrown.
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const refused = <T = never>(failure: Failure): Result<T> => ({ ok: false, failure });
