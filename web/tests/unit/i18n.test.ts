import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { effect } from '@preact/signals';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { applyLanguage, readLanguage } from '../../src/app/language.ts';
import { when } from '../../src/lib/dates.ts';
import { type ClientCode, failure, fromAnswer } from '../../src/lib/errors.ts';
import { causeOf, hintOf } from '../../src/lib/failureText.ts';
import { language, languages, locale, preferredLanguage, setLanguage, t } from '../../src/lib/i18n.ts';
import type { Box } from '../../src/lib/storage.ts';
import en from '../../src/locales/en.json' with { type: 'json' };

const src = join(import.meta.dirname, '..', '..', 'src');
const texts = (of: string, folder = 'locales'): Record<string, string> =>
  JSON.parse(readFileSync(join(src, folder, `${of}.json`), 'utf8'));

// Every failure of this side has texts, which the compiler checks.
const worded: Record<`error.${ClientCode}` | `error.${ClientCode}.hint`, string> = en;

afterEach(async () => {
  await setLanguage('en');
  vi.restoreAllMocks();
});

const source: Record<string, string> = en;
const plurals = Object.keys(source)
  .filter((key) => key.endsWith('_other'))
  .map((key) => key.slice(0, -'_other'.length));
const formsOf = (of: string, base: string): string[] =>
  new Intl.PluralRules(of).resolvedOptions().pluralCategories.map((form) => `${base}_${form}`);
const placeholders = (text = ''): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe.each(Object.keys(languages))('the catalogue of %s', (name) => {
  const own = texts(name);

  it('has the keys of en.json, with the plural forms of its language, and no others', () => {
    const single = Object.keys(source).filter((key) => !plurals.some((base) => key.startsWith(`${base}_`)));
    const wanted = [...single, ...plurals.flatMap((base) => formsOf(name, base))];
    expect({
      missing: wanted.filter((key) => !(key in own)),
      unknown: Object.keys(own).filter((key) => !wanted.includes(key)),
    }).toEqual({ missing: [], unknown: [] });
  });

  it('has no empty text, and the placeholders of en.json', () => {
    const wrong = Object.entries(own).filter(([key, text]) => {
      const base = plurals.find((one) => key.startsWith(`${one}_`));
      const twin = source[base ? `${base}_other` : key];
      return text.trim() === '' || String(placeholders(text)) !== String(placeholders(twin));
    });
    expect(wrong).toEqual([]);
  });
});

// Parts of the app that few users open have catalogues of their own.
const parts = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('/texts'));
it.each(parts)('%s has the same keys and placeholders in every language', (part) => {
  for (const language of Object.keys(languages)) {
    const [own, english] = [texts(language, part), texts('en', part)];
    expect(Object.keys(own)).toEqual(Object.keys(english));
    expect(Object.keys(own).filter((key) => key in source)).toEqual([]); // t of the part finds both
    for (const [key, text] of Object.entries(own)) expect(placeholders(text), key).toEqual(placeholders(english[key]));
  }
});

it('every catalogue in the folder is a language that users can choose', () => {
  const files = readdirSync(join(src, 'locales')).map((file) => file.replace('.json', ''));
  expect(files.sort()).toEqual(Object.keys(languages).sort());
});

it('changes texts, plural forms, numbers and dates with the language, and updates their readers', async () => {
  const seen: string[] = [];
  const stop = effect(() => {
    seen.push(t('nest.inside', { count: 1 }));
  });
  const noon = new Date(2026, 11, 24, 12, 30).getTime();
  expect(t('nest.inside', { count: 20_000 })).toBe('20,000 people inside');
  expect(when(noon, 'full')).toMatch(/^Thursday, December 24, 2026.*12:30/);
  expect(await setLanguage('de')).toBe(true);
  stop();
  expect(seen).toEqual(['1 person inside', '1 Person ist da']);
  expect(t('nest.inside', { count: 20_000 })).toBe('20.000 Leute sind da');
  expect(when(noon, 'full')).toMatch(/^Donnerstag, 24\. Dezember 2026.*12:30/);
});

it('keeps the language if another cannot be loaded, and uses English for missing texts', async () => {
  vi.doMock('../../src/locales/de.json', () => {
    throw new Error('gone');
  });
  expect(await setLanguage('de')).toBe(false);
  expect([language.value, t('action.join')]).toEqual(['en', 'Join']);
  vi.doMock('../../src/locales/de.json', () => ({ default: { 'action.join': 'Dazu' } }));
  expect(await setLanguage('de')).toBe(true);
  expect([t('action.join'), t('action.leave'), t('nest.inside', { count: 2 })]).toEqual([
    'Dazu',
    'Leave',
    '2 people inside',
  ]);
  vi.doUnmock('../../src/locales/de.json');
});

it('the last choice wins, in whichever order the catalogues arrive', async () => {
  const slow = setLanguage('de');
  await setLanguage('en');
  await slow;
  expect(language.value).toBe('en');
});

it('the system’s language is the first preferred one with a catalogue, with its region', async () => {
  expect([
    preferredLanguage(['fr-FR', 'de-AT', 'en']),
    preferredLanguage(['DE']),
    preferredLanguage(['fr']),
    preferredLanguage([]),
  ]).toEqual(['de', 'de', 'en', 'en']);
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['fr', 'de-AT']);
  const kept = new Map<string, string>();
  const device: Box = {
    read: (key) => kept.get(key) ?? null,
    write: (key, value) => kept.set(key, value),
    remove: (key) => kept.delete(key),
  };
  expect(readLanguage(device)).toBe('system');
  await applyLanguage('system', device);
  expect([language.value, locale.value, document.documentElement.lang]).toEqual(['de', 'de-AT', 'de']);
  await applyLanguage('en', device);
  expect([readLanguage(device), locale.value, document.documentElement.lang]).toEqual(['en', 'en', 'en']);
  kept.set('language', 'constructor');
  expect(readLanguage(device)).toBe('system');
});

it('shows a failure with the texts of the catalogue, and an unknown one with the server’s', async () => {
  const ours = failure('mic_denied');
  const theirs = fromAnswer(403, 'Forbidden', { error: 'No.', code: 'nest_private', hint: 'Ask.' }, null);
  const foreign = fromAnswer(
    400,
    'Bad Request',
    { error: 'access is odd', code: 'invalid_access', hint: 'Fix.' },
    null,
  );
  const told = () => [ours, theirs, foreign].flatMap((one) => [causeOf(one), hintOf(one)]);
  const ofServer = ['access is odd', 'Fix.'];
  expect(told()).toEqual([
    worded['error.mic_denied'],
    worded['error.mic_denied.hint'],
    en['error.nest_private'],
    en['error.nest_private.hint'],
    ...ofServer,
  ]);
  await setLanguage('de');
  const de = texts('de');
  expect(told()).toEqual([
    de['error.mic_denied'],
    de['error.mic_denied.hint'],
    de['error.nest_private'],
    de['error.nest_private.hint'],
    ...ofServer,
  ]);
  expect(causeOf(fromAnswer(500, 'Internal Server Error', '<b>500</b>', null))).toBe(de['error.unexpected_answer']);
});

it('times and numbers become text in one place', () => {
  const all = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const own = /Intl\.(DateTime|Number|RelativeTime|List)Format|Intl\.PluralRules|\.toLocale(Date|Time)?String\(/;
  const found = all.filter((file) => own.test(readFileSync(join(src, file), 'utf8')));
  expect(found.sort()).toEqual(['lib/dates.ts', 'lib/i18n.ts']);
});
