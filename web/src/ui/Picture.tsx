import { useSignal } from '@preact/signals';

// A picture from somewhere else: https only, without a referrer, in a box of its own size; when it does not come, nothing is there.
export function Picture({ src, class: box }: { src: string; class: string }) {
  const failed = useSignal('');
  if (!src.startsWith('https://') || failed.value === src) return null;
  return (
    <img
      class={box}
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => {
        failed.value = src;
      }}
    />
  );
}
