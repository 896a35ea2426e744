const prefix = '/api/v1';

/** Writes the address of a call. Parameters that are empty are left away. */
export function address(path: string, query: Record<string, string | number | undefined> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return prefix + path + (text && '?' + text);
}
