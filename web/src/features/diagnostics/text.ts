import type { Report } from './diagnostics.ts';

// Formats the report for an operator or a bug ticket, without tokens, keys and addresses of people.

export interface Device {
  agent: string;
  page: string; // origin and path
  online: boolean;
}

const marks = { ok: '✓', warn: '!', fail: '✗', unknown: '?', skipped: '-' } as const;

export function asText({ roomId, at, verdict, checks, server }: Report, device: Device): string {
  const lines = [
    `Nests diagnostics, ${new Date(at).toISOString()}`,
    `page ${device.page}`,
    `browser ${device.agent}`,
    `nest ${roomId ?? 'none'}`,
    `verdict ${verdict.code}${verdict.scenario ? `, scenario ${verdict.scenario}` : ''} (${verdict.side})`,
    '',
    ...checks.map(({ id, status, code, says, failure, ms }) =>
      [`${marks[status]} ${id}: ${status}`, code, failure ? `${failure.status} ${failure.code}` : says, `${ms} ms`]
        .filter((part) => part !== '')
        .join(' · '),
    ),
  ];
  if (server) {
    lines.push('', `server ${server.version}: ${server.verdict.code}`);
    for (const check of server.checks) lines.push(`${marks[check.status]} ${check.title}: ${check.summary}`);
    for (const drift of server.drifts)
      lines.push(`drift ${drift.code}: ${drift.resolved ? drift.outcome : 'open'}, ${drift.steps} tries`);
  }
  return `${lines.join('\n')}\n`;
}

// asJson contains only the id of the event: its content does not belong in a ticket.
export function asJson({ space, checks, ...rest }: Report, device: Device): string {
  const plain = checks.map(({ failure, ...check }) => ({
    ...check,
    ...(failure ? { http: failure.status, error: failure.code, request_id: failure.requestId ?? null } : {}),
  }));
  return JSON.stringify({ ...rest, checks: plain, space: space?.id ?? null, device }, null, 2);
}
