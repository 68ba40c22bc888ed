import { signal } from '@preact/signals';
import { render } from 'preact';
import { expect, it } from 'vitest';
import type { Operator, Report } from '../../src/features/operator/operator.ts';
import { Reports } from '../../src/features/operator/Reports.tsx';
import { Identities } from '../../src/ui/Identity.tsx';

const [reporter, victim] = ['a'.repeat(64), 'b'.repeat(64)];

// read is what the operator reads of one report.
function read(report: Partial<Report>): string {
  const value = [{ id: 'c'.repeat(64), by: reporter, at: 1, why: 'spam', words: '', pubkey: victim, ...report }];
  const reports = { state: signal({ at: 'shown', value }), more: signal(false) };
  const named = (id: string) => signal({ name: id === victim ? 'Vera' : 'Ralf', picture: '' });
  render(
    <Identities.Provider value={named}>
      <Reports operator={{ reports } as unknown as Operator} />
    </Identities.Provider>,
    document.body,
  );
  return document.body.textContent ?? '';
}

it('attributes the text of a report to its author, never to the reported person', () => {
  expect(read({ text: 'buy this', author: victim })).toContain('What they wrote: buy this');
  const other = read({ text: 'buy this', author: reporter });
  expect(other).toMatch(/About Vera.*Actually written by Ralf aaaaaaaaaaaa.*buy this/);
  expect(other).not.toContain('What they wrote');
});
