// A picture drawn from a key, shown until a profile has arrived. The same key always has the same picture. Guests have
// no key and get a plain one, drawn from their identity. It is a square, which Face makes round.

interface Props {
  seed: string; // 64 hex, or any text
  size: number;
  plain?: boolean;
}

const palette = [
  ['#f2b880', '#c2502e'],
  ['#e9c46a', '#a8660b'],
  ['#a8c8a0', '#3c6e57'],
  ['#9cc5c9', '#2f6577'],
  ['#b9b4dd', '#5a4f94'],
  ['#e3a9b8', '#9c3f5f'],
  ['#d9b99b', '#7a5230'],
  ['#c3cf8f', '#5f6f22'],
] as const;

export function Avatar({ seed, size, plain = false }: Props) {
  const bits = numbers(seed);
  const [back, front] = palette[bits(8)] ?? palette[0];
  const tilt = bits(60) - 30;
  const look = bits(7) - 3;
  const rise = bits(5);
  const [eyes, mouth] = [bits(3), bits(4)];
  const fill = plain ? '#c9beb4' : back;
  const body = plain ? '#8a7d72' : front;
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <rect width="64" height="64" fill={fill} />
      <rect
        x="6"
        y={16 - rise}
        width="52"
        height="64"
        rx="24"
        fill={body}
        transform={`rotate(${tilt / 2} 32 40) translate(${look} 0)`}
      />
      <g
        transform={`translate(${look * 1.6} ${-rise / 2}) rotate(${tilt / 4} 32 34)`}
        fill="none"
        stroke="#fff7ee"
        stroke-width="3"
        stroke-linecap="round"
      >
        {eyeShapes[eyes]}
        {mouthShapes[mouth]}
      </g>
    </svg>
  );
}

const eyeShapes = [
  <path d="M24 31v3M40 31v3" key="open" />,
  <path d="M21 33q3-4 6 0M37 33q3-4 6 0" key="happy" />,
  <path d="M24 32v.1M40 32v.1" stroke-width="5" key="dots" />,
];

const mouthShapes = [
  <path d="M26 43q6 6 12 0" key="smile" />,
  <path d="M28 44h8" key="calm" />,
  <path d="M27 42q5 8 10 0z" fill="#fff7ee" key="laugh" />,
  <path d="M29 43q4 4 9-1" key="smirk" />,
];

// numbers returns a generator of small numbers, always the same for the same text (xorshift over an FNV-1a hash).
function numbers(text: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
