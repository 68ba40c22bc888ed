import { locale } from './i18n.ts';

const styles = {
  full: { dateStyle: 'full', timeStyle: 'short' },
  medium: { dateStyle: 'medium', timeStyle: 'short' },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  clock: { timeStyle: 'short' },
  second: { timeStyle: 'medium' },
  exact: { dateStyle: 'medium', timeStyle: 'medium' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

const formats = new Map<string, Intl.DateTimeFormat>(); // creating one is slow

// when formats a time in unix ms in the current language. It is the only place where times become text.
export function when(ms: number, style: keyof typeof styles): string {
  const name = `${locale.value} ${style}`;
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat(locale.value, styles[style]);
    formats.set(name, format);
  }
  return format.format(ms);
}

// formatUnit writes a number with its unit, such as 3 minutes.
const formatUnit = (value: number, unit: string): string =>
  new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 }).format(
    value,
  );

// duration formats ms in the largest suitable unit.
export function duration(ms: number): string {
  if (ms < 1_000) return formatUnit(Math.round(ms), 'millisecond');
  if (ms < 60_000) return formatUnit(ms / 1_000, 'second');
  if (ms < 3_600_000) return formatUnit(Math.round(ms / 60_000), 'minute');
  if (ms < 2 * 86_400_000) return formatUnit(Math.round(ms / 3_600_000), 'hour');
  return formatUnit(Math.round(ms / 86_400_000), 'day');
}

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
