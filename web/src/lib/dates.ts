import { locale } from './i18n.ts';

const styles = {
  full: { dateStyle: 'full', timeStyle: 'short' },
  medium: { dateStyle: 'medium', timeStyle: 'short' },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  clock: { timeStyle: 'short' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

const formats = new Map<string, Intl.DateTimeFormat>(); // making one is slow

// when tells a time in unix ms in the language that is spoken. It is the only place where times become text.
export function when(ms: number, style: keyof typeof styles): string {
  const name = `${locale.value} ${style}`;
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat(locale.value, styles[style]);
    formats.set(name, format);
  }
  return format.format(ms);
}

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
