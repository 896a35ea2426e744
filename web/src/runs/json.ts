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
