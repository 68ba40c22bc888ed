import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, it } from 'vitest';
import { Composer } from '../../src/features/chat/Composer.tsx';
import type { ChatProps } from '../../src/features/chat/props.ts';
import { ok, type Result } from '../../src/lib/result.ts';

it('keeps text written while the signer is asked about the message before', async () => {
  let sign = (_: Result<null>) => {};
  const chat = { send: () => new Promise((done) => (sign = done)) } as unknown as ChatProps['chat'];
  const nothing = () => {};
  act(() =>
    render(
      <Composer
        chat={chat}
        roles={null}
        mayWrite
        onLogin={nothing}
        replyTo={null}
        onReplyEnd={nothing}
        onSent={nothing}
      />,
      document.body,
    ),
  );
  const field = document.querySelector('textarea') as HTMLTextAreaElement;
  const write = (text: string) =>
    act(() => {
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  const send = () =>
    act(() => {
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
  const signed = () => act(async () => sign(ok(null)));
  await write('First');
  await send();
  await write('First, and more');
  await signed();
  expect(field.value).toBe('First, and more');
  await send();
  await signed();
  expect(field.value).toBe('');
});
