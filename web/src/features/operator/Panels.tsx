import { useEffect } from 'preact/hooks';
import { Audit } from './Audit.tsx';
import { Blocks } from './Blocks.tsx';
import { Limits } from './Limits.tsx';
import { Nests } from './Nests.tsx';
import css from './Operator.module.css';
import { OverviewCard } from './OverviewCard.tsx';
import type { Operator } from './operator.ts';
import { Reports } from './Reports.tsx';

// Panels is the operator's part of the status page.
export function Panels({ operator }: { operator: Operator }) {
  useEffect(() => operator.watch(), [operator]);
  return (
    <div class={css.panels}>
      <OverviewCard overview={operator.overview} />
      <Nests operator={operator} />
      <Reports operator={operator} />
      <Blocks operator={operator} />
      <Limits operator={operator} />
      <Audit audit={operator.audit} />
    </div>
  );
}
