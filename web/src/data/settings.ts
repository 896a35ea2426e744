type Json = Record<string, unknown>;

/** A check of deliveries. Its secrets are never shown: an empty one stays as it was. */
export interface Check {
  type: string;
  [key: string]: unknown;
}

export interface Settings {
  headers?: boolean;
  method?: boolean;
  stringify?: boolean;
  json?: boolean;
  strict?: boolean;
  structure?: unknown;
  checks?: Check[];
  rate?: { limit: number; seconds: number };
  duplicates?: { by: string; header?: string; expression?: string; window?: number };
  handshake?: { field: string; tokenField?: string; token?: string };
  responseWait?: number;
  [key: string]: unknown;
}

export interface CheckField {
  key: string;
  kind: 'text' | 'secret' | 'secrets' | 'list' | 'seconds' | 'choice';
  choices?: string[];
  required?: boolean;
  placeholder?: string;
}

/** The fields of each type of check. */
export const checkFields: Record<string, CheckField[]> = {
  apikey: [
    { key: 'header', kind: 'text', placeholder: 'x-api-key' },
    { key: 'keys', kind: 'secrets', required: true },
  ],
  basic: [
    { key: 'user', kind: 'text', required: true },
    { key: 'password', kind: 'secret', required: true },
  ],
  hmac: [
    { key: 'header', kind: 'text', required: true, placeholder: 'x-signature' },
    { key: 'secrets', kind: 'secrets', required: true },
    { key: 'prefix', kind: 'text', placeholder: 'sha256=' },
    { key: 'algorithm', kind: 'choice', choices: ['sha256', 'sha512'] },
    { key: 'encoding', kind: 'choice', choices: ['hex', 'base64'] },
  ],
  'standard-webhooks': [
    { key: 'secrets', kind: 'secrets', required: true, placeholder: 'whsec_…' },
    { key: 'tolerance', kind: 'seconds' },
  ],
  github: [{ key: 'secrets', kind: 'secrets', required: true }],
  stripe: [
    { key: 'secrets', kind: 'secrets', required: true },
    { key: 'tolerance', kind: 'seconds' },
  ],
  addresses: [{ key: 'ranges', kind: 'list', required: true, placeholder: '192.0.2.0/24' }],
};

export function isSecret(f: CheckField): boolean {
  return f.kind === 'secret' || f.kind === 'secrets';
}

function isEmpty(x: unknown): boolean {
  return x === undefined || x === null || x === '' || x === false || (Array.isArray(x) && x.length === 0);
}

function withoutEmpty(x: Json): Json {
  return Object.fromEntries(Object.entries(x).filter(([, v]) => !isEmpty(v)));
}

/** What is sent of settings that were edited: nothing empty, so that each setting that is not made keeps its usual value. */
export function tidy(s: Settings): Json {
  const { checks, duplicates, handshake, rate, ...rest } = s;
  return withoutEmpty({
    ...rest,
    checks: checks?.map((c) => withoutEmpty(c)),
    duplicates: duplicates?.by ? withoutEmpty(duplicates) : undefined,
    handshake: handshake?.field ? withoutEmpty(handshake) : undefined,
    rate: rate?.limit ? rate : undefined,
  });
}

/** Reads a text with one entry a line. */
export function lines(text: string): string[] {
  return text
    .split(/\n/)
    .map((x) => x.trim())
    .filter(Boolean);
}
