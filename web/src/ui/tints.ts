// The colours of nests. They tint pages and cards, and are never behind text.
export const tints = [
  { value: '#e07a4f', name: 'coral' },
  { value: '#d9a13b', name: 'honey' },
  { value: '#7fa35c', name: 'moss' },
  { value: '#3f9c8f', name: 'lagoon' },
  { value: '#4f8fc4', name: 'sky' },
  { value: '#7d78c9', name: 'iris' },
  { value: '#b56aa6', name: 'heather' },
  { value: '#c45a6c', name: 'rose' },
] as const;

// tintOf returns the colour of a nest: its own, that of a numbered gradient (older clients), or one derived from its
// id.
export function tintOf(color: string | undefined, id: string): string {
  if (color && /^#[0-9a-f]{6}$/i.test(color)) return color;
  const number = /^gradient-(\d{1,3})$/.exec(color ?? '')?.[1] ?? String(Number.parseInt(id.slice(0, 6), 16) || 0);
  return tints[Number(number) % tints.length]?.value ?? tints[0].value;
}
