import type { Page } from '@playwright/test';
import { type EventTemplate, finalizeEvent, type NostrEvent } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';

export const sign = (secret: string, template: EventTemplate) => finalizeEvent(template, hexToBytes(secret));

// publish sends events to the server's relay over a socket of the page, like another client. It returns the relay's
// message for each refused event.
export function publish(page: Page, events: ReturnType<typeof sign>[]): Promise<string[]> {
  return page.evaluate(async (list) => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/relay`);
    await new Promise((done) => socket.addEventListener('open', done));
    const refused: string[] = [];
    let answered = 0;
    await new Promise<void>((done) => {
      socket.addEventListener('message', ({ data }) => {
        const [verb, , accepted, message] = JSON.parse(data);
        if (verb !== 'OK') return;
        if (!accepted) refused.push(message);
        if (++answered === list.length) done();
      });
      for (const event of list) socket.send(JSON.stringify(['EVENT', event]));
    });
    socket.close();
    return refused;
  }, events);
}

// stored returns the events of the server's relay that match a filter.
export const stored = (page: Page, filter: object): Promise<NostrEvent[]> =>
  page.evaluate(async (wanted) => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/relay`);
    await new Promise((done) => socket.addEventListener('open', done));
    const events: NostrEvent[] = [];
    await new Promise<void>((done) => {
      socket.addEventListener('message', ({ data }) => {
        const [verb, , event] = JSON.parse(data);
        if (verb === 'EVENT') events.push(event);
        if (verb === 'EOSE') done();
      });
      socket.send(JSON.stringify(['REQ', 'x', wanted]));
    });
    socket.close();
    return events;
  }, filter);
