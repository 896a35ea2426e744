/** What was read of a text that should be a JSON object, or why it is none. */
export interface ReadObject {
  value?: Record<string, unknown>;
  error?: string;
}

export function readObject(text: string): ReadObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { error: '{ }' };
    return { value: value as Record<string, unknown> };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Reads a list of bundles; a single one is a list of one. */
export function readBundles(text: string): { value?: unknown[]; error?: string } {
  try {
    const value: unknown = JSON.parse(text);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.every((b) => typeof b === 'object' && b !== null) ? { value: list } : { error: '[{ }]' };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
