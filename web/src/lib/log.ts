// The console is part of the product: the troubleshooting guide asks users to read these lines.
export type Log = (line: string, detail?: Record<string, unknown>) => void;

const secretKey = /token|authorization|secret|nsec|password/i;
const jwt = /eyJ[\w-]{8,}\.[\w-]+(\.[\w-]+)?/g;

// redact removes secrets, as a last safeguard: no caller should pass any.
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
