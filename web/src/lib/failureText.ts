import type { Failure } from './errors.ts';
import { known, t } from './i18n.ts';

// The texts of a failure, in the user's language. For a code without texts, the server's own are used.

export const isKnown = ({ code }: Failure): boolean => known(`error.${code}`) !== undefined;

// causeOf returns what happened, as one sentence.
export const causeOf = (failure: Failure): string =>
  known(`error.${failure.code}`) ?? (failure.cause || t('error.unexpected_answer'));

// hintOf returns what to do about it, or ''.
export const hintOf = (failure: Failure): string =>
  known(`error.${failure.code}.hint`) ?? (isKnown(failure) ? '' : failure.hint);
