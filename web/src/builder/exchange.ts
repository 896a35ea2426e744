import type { Blueprint } from '../blueprint/types';

function isBlueprint(x: unknown): x is Blueprint {
  return typeof x === 'object' && x !== null && Array.isArray((x as { flow?: unknown }).flow);
}

/** Reads a blueprint from a file: as people export it, or in the wrappings in which an API gives it. */
export function readBlueprint(text: string): Blueprint | undefined {
  try {
    const whole = JSON.parse(text) as { blueprint?: unknown; response?: { blueprint?: unknown } } | null;
    const found = [whole, whole?.blueprint, whole?.response?.blueprint].find(isBlueprint);
    return found && { ...found, name: typeof found.name === 'string' ? found.name : '' };
  } catch {
    return undefined;
  }
}

/** Gives the blueprint out as a file. */
export function exportBlueprint(b: Blueprint) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(b, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${b.name.replace(/[^\p{L}\p{N}]+/gu, '-') || 'scenario'}.blueprint.json`;
  link.click();
  URL.revokeObjectURL(url);
}
