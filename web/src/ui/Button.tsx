import type { IconNode } from 'lucide';
import type { ComponentChildren } from 'preact';
import css from './Button.module.css';
import { Icon } from './Icon.tsx';

interface Props {
  children: ComponentChildren;
  onClick?: () => void;
  onReach?: () => void; // pointer or focus reached it: time to load what the click needs
  look?: 'main' | 'plain' | 'quiet' | 'danger';
  icon?: IconNode;
  type?: 'button' | 'submit';
  disabled?: boolean;
  describedBy?: string;
}

export function Button({
  children,
  onClick,
  onReach,
  look = 'plain',
  icon,
  type = 'button',
  disabled,
  describedBy,
}: Props) {
  return (
    <button
      type={type}
      class={`${css.button} ${css[look]}`}
      onClick={onClick}
      onPointerEnter={onReach}
      onFocus={onReach}
      disabled={disabled ?? false}
      aria-describedby={describedBy}
    >
      {icon && <Icon icon={icon} size={18} />}
      <span>{children}</span>
    </button>
  );
}
