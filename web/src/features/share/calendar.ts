// Show is one session of a nest, for a calendar file (RFC 5545).
export interface Show {
  id: string;
  title: string;
  summary: string;
  starts: number; // unix ms
  url: string;
  changed: number; // unix ms
}

const hour = 3_600_000;

export function calendar({ id, title, summary, starts, url, changed }: Show): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Nests//Nests//EN',
    'BEGIN:VEVENT',
    `UID:${id}-${starts}@nests`,
    `DTSTAMP:${stamp(changed)}`,
    `DTSTART:${stamp(starts)}`,
    `DTEND:${stamp(starts + hour)}`,
    `SUMMARY:${escapeText(title)}`,
    ...(summary === '' ? [] : [`DESCRIPTION:${escapeText(summary)}`]),
    `URL:${url}`,
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER:-PT10M',
    `DESCRIPTION:${escapeText(title)}`,
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(foldLine).join('\r\n')}\r\n`;
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');

const escapeText = (text: string): string =>
  text
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r?\n/g, '\\n')
    .replace(/\p{Cc}/gu, '');

// foldLine breaks a line into parts of at most 75 octets (RFC 5545 §3.1) and never splits a character.
function foldLine(line: string): string {
  const encoder = new TextEncoder();
  let [out, room] = ['', 75];
  for (const letter of line) {
    const size = encoder.encode(letter).length;
    if (size > room) {
      out += '\r\n ';
      room = 74;
    }
    out += letter;
    room -= size;
  }
  return out;
}
