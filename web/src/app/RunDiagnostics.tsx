import { RotateCw } from 'lucide';
import { useEffect } from 'preact/hooks';
import { Diagnostics } from '../features/diagnostics/Diagnostics.tsx';
import type { Report } from '../features/diagnostics/diagnostics.ts';
import type { Check } from '../features/diagnostics/verdict.ts';
import type { Live } from '../features/nest/live.ts';
import { httpOrigin, webSocketUrl } from '../features/nest/media.ts';
import { causeOf } from '../lib/failureText.ts';
import { t } from '../lib/i18n.ts';
import type { Address } from '../nostr/link.ts';
import { Button } from '../ui/Button.tsx';
import { SoundDialog } from './SoundDialog.tsx';
import { type Services, useServices } from './services.ts';

// RunDiagnostics checks one nest, or only the server, and shows a summary as a toast.
export function RunDiagnostics({
  nest = null,
  onRestored = () => {},
}: {
  nest?: Address | null;
  onRestored?: () => void;
}) {
  const services = useServices();
  const { api, session, log, toasts, relay, live } = services;
  // Loaded now, because the user may be offline when it is needed.
  useEffect(() => void load().catch(() => undefined), []);

  async function run(onCheck: (check: Check) => void): Promise<Report> {
    const { diagnose, summary } = await load();
    const here = whereIs(live);
    return diagnose(
      { api, connect: relay, origin: originOf, log },
      {
        roomId: nest?.id ?? null,
        host: nest?.host,
        relays: nest?.relays ?? [],
        authorize: session.user.value ? session.authorize : null,
        ...(here ? { here } : {}),
      },
      onCheck,
      (report) => {
        const { marks, words } = summary(report);
        toasts.show(marks, { words, tone: report.verdict.code === 'healthy' ? 'good' : 'bad' });
      },
    );
  }

  async function copy(report: Report): Promise<void> {
    const { asText } = await load();
    await navigator.clipboard.writeText(asText(report, device())).then(
      () => toasts.show(t('diagnostics.copied')),
      () => toasts.show(t('diagnostics.notCopied'), { tone: 'bad' }),
    );
  }

  async function save(report: Report): Promise<void> {
    const { asJson } = await load();
    const url = URL.createObjectURL(new Blob([asJson(report, device())], { type: 'application/json' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: 'nests-diagnostics.json' });
    link.click();
    URL.revokeObjectURL(url);
  }

  return (
    <Diagnostics
      run={run}
      onCopy={(report) => void copy(report)}
      onSave={(report) => void save(report)}
      remedy={(report) => <Remedy report={report} services={services} onRestored={onRestored} />}
      sound={<SoundDialog />}
    />
  );
}

function originOf(endpoint: string) {
  const socket = webSocketUrl([endpoint]);
  return { socket, gate: httpOrigin(socket) };
}

const load = async () => ({
  ...(await import('../features/diagnostics/diagnostics.ts')),
  ...(await import('../features/diagnostics/text.ts')),
});

const device = () => ({
  agent: navigator.userAgent,
  page: location.origin + location.pathname,
  online: navigator.onLine !== false,
});

// whereIs returns the code of a problem that this page already shows, or null.
function whereIs(live: Live): string | null {
  if (live.phase.value.at === 'other-tab') return 'other_tab';
  if (live.soundBlocked.value) return 'autoplay_blocked';
  return live.micProblem.value?.code ?? null;
}

// A nest that the server does not know can be restored by the author of its space.
function Remedy({ report, services, onRestored }: { report: Report; services: Services; onRestored: () => void }) {
  const { api, session, toasts, live } = services;
  const { space, roomId, verdict } = report;
  const mine = space && space.pubkey === session.user.value?.pubkey;
  if (verdict.code !== 'orphan_space' || !space || !roomId) return null;
  if (!mine) return null;
  async function restore(): Promise<void> {
    const answer = await api.restart(roomId as string, false, session.authorize, space);
    if (!answer.ok) return void toasts.show(causeOf(answer.failure), { tone: 'bad' });
    toasts.show(t('diagnostics.restored'), { tone: 'good' });
    live.reset();
    onRestored();
  }
  return (
    <Button look="main" icon={RotateCw} onClick={() => void restore()}>
      {t('diagnostics.restore')}
    </Button>
  );
}
