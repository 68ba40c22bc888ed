import { describe, expect, it } from 'vitest';
import { calendar } from '../../src/features/share/calendar.ts';
import { writesTo } from '../../src/features/share/note.ts';
import { host, id } from './kit.ts';

const show = {
  id,
  title: 'Birds; why, and how\\',
  summary: 'Line one\nline two\u0007',
  starts: Date.UTC(2026, 4, 1, 18, 30),
  url: 'https://nests.example/naddr1x',
  changed: Date.UTC(2026, 3, 30),
};

describe('a calendar file', () => {
  it('is one event, with times in UTC and text escaped', () => {
    const lines = calendar(show).split('\r\n');
    expect(lines).toContain('DTSTART:20260501T183000Z');
    expect(lines).toContain('DTEND:20260501T193000Z');
    expect(lines).toContain('SUMMARY:Birds\\; why\\, and how\\\\');
    expect(lines).toContain('DESCRIPTION:Line one\\nline two');
    expect(lines[0]).toBe('BEGIN:VCALENDAR');
    expect(lines.slice(-2)).toEqual(['END:VCALENDAR', '']);
  });

  it('breaks long lines at 75 octets, never inside a character', () => {
    const text = calendar({ ...show, title: '🐦'.repeat(60) });
    for (const line of text.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    expect(text.replace(/\r\n /g, '')).toContain('🐦'.repeat(60));
  });
});

describe('where a note goes', () => {
  it('is the secure relays that its author writes to', () => {
    const tags = [
      ['r', 'wss://a'],
      ['r', 'wss://b', 'read'],
      ['r', 'wss://c', 'write'],
      ['r', 'ws://d'],
      ['r', 'wss://a'],
      ['x', 'wss://e'],
    ];
    const list = { id: '', pubkey: host, sig: '', kind: 10002, created_at: 1, content: '', tags };
    expect(writesTo(list)).toEqual(['wss://a', 'wss://c']);
    expect(writesTo(null)).toEqual([]);
  });
});
