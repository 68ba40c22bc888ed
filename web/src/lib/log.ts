// The console is part of the product: people are asked to open it and read these lines.
export type Log = (line: string, detail?: Record<string, unknown>) => void;

const secretKey = /token|authorization|secret|nsec|password/i;
const jwt = /eyJ[\w-]{8,}\.[\w-]+(\.[\w-]+)?/g;

// redact is the last fence before the console; nothing should need it.
export function redact(detail: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(detail)
      .filter(([key]) => !secretKey.test(key))
      .map(([key, value]) => [key, typeof value === 'string' ? value.replace(jwt, '…') : value]),
  );
}

export const log: Log = (line, detail = {}) => {
  const print = line.startsWith('❌') || line.startsWith('⚠️') ? console.warn : console.info;
  print(line, redact(detail));
};
