import { expect, it } from 'vitest';
import { reasons, template } from '../../src/features/report/report.ts';
import { host, id } from './kit.ts';

it('writes a report as in NIP-56: the reason on the p tag, the nest in an a tag', () => {
  const report = {
    pubkey: 'b'.repeat(64),
    coordinate: `30312:${host}:${id}`,
    reason: 'spam',
    note: '  Sells.\n',
  } as const;
  expect(template(report, 1_790_000_000)).toEqual({
    kind: 1984,
    created_at: 1_790_000_000,
    content: 'Sells.',
    tags: [
      ['p', 'b'.repeat(64), 'spam'],
      ['a', `30312:${host}:${id}`],
    ],
  });
  expect([...reasons].sort()).toEqual(['illegal', 'impersonation', 'malware', 'nudity', 'other', 'profanity', 'spam']);
});
