import type { Failure } from './errors.ts';
import { known, t } from './i18n.ts';

// What a failure says to people, in their language. The catalogue has the words for the codes it knows; any other is
// told in the server's own.

export const isKnown = ({ code }: Failure): boolean => known(`error.${code}`) !== undefined;

// causeOf is one plain sentence.
export const causeOf = (failure: Failure): string =>
  known(`error.${failure.code}`) ?? (failure.cause || t('error.unexpected_answer'));

// hintOf says what to do about it, '' where nobody knows.
export const hintOf = (failure: Failure): string =>
  known(`error.${failure.code}.hint`) ?? (isKnown(failure) ? '' : failure.hint);
