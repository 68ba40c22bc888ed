import type { EventTemplate } from './signer.ts';

// The event that announces a nest (NIP-53 meeting space, kind 30312), before its host signs it.
export interface SpaceDraft {
  id: string; // d tag: the nest's id
  host: string;
  title: string;
  summary: string;
  service: string; // the server's public origin
  streaming: string[];
  relays: string[];
  now: number; // unix ms
}

export function space(draft: SpaceDraft): EventTemplate {
  const tags = [
    ['d', draft.id],
    ['room', draft.title],
    ['title', draft.title], // read by clients of the older dialect
    ...(draft.summary === '' ? [] : [['summary', draft.summary]]),
    ['status', 'open'],
    ['service', draft.service],
    ['endpoint', `${draft.service}/api/v1/nests/${draft.id}/info`],
    ...draft.streaming.map((url) => ['streaming', url]),
    ...(draft.relays.length === 0 ? [] : [['relays', ...draft.relays]]),
    ['p', draft.host, '', 'Host'],
  ];
  return { kind: 30312, created_at: Math.floor(draft.now / 1000), content: '', tags };
}
