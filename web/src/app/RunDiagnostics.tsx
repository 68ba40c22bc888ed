import { Diagnostics } from '../features/diagnostics/Diagnostics.tsx';
import { diagnose, summary } from '../features/diagnostics/diagnostics.ts';
import { useServices } from './services.ts';

// RunDiagnostics checks one nest, or the server alone where there is none, and sums up in a toast.
export function RunDiagnostics({ roomId }: { roomId: string | null }) {
  const { api, session, say, toasts } = useServices();
  async function run(onCheck: Parameters<typeof diagnose>[3]) {
    const authorize = session.user.value ? session.authorize : null;
    const report = await diagnose(api, { roomId, authorize }, say, onCheck);
    const { marks, words } = summary(report);
    toasts.show(marks, { words, tone: report.verdict.code === 'healthy' ? 'good' : 'bad' });
    return report;
  }
  return <Diagnostics run={run} />;
}
