import { render } from 'preact';
import { act } from 'preact/test-utils';
import { expect, it } from 'vitest';
import { Dialog } from '../../src/ui/Dialog.tsx';

it('closes on a click that began and ended outside it, not on a selection that only ended there', () => {
  let closed = 0;
  act(() =>
    render(
      <Dialog title="Report" onClose={() => closed++}>
        <input />
      </Dialog>,
      document.body,
    ),
  );
  const dialog = document.querySelector('dialog') as HTMLDialogElement;
  // The browser gives a click to what both ends have in common.
  const drag = (from: Element) => {
    from.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    dialog.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  };
  drag(document.querySelector('input') as Element);
  expect([dialog.open, closed]).toEqual([true, 0]);
  drag(dialog);
  expect([dialog.open, closed]).toEqual([false, 1]);
});
