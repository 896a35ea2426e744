import type { SyntheticEvent } from 'react';

/** The values of the fields of a form as texts. */
export function formValues(e: SyntheticEvent<HTMLFormElement>): Record<string, string> {
  e.preventDefault();
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(e.currentTarget)) if (typeof value === 'string') values[name] = value;
  return values;
}

/** Gives a text to the browser to be saved as a file. */
export function saveFile(name: string, content: BlobPart, type = 'text/plain') {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it a little later
}
