import type { Speaker } from '../../text/text';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
const step = 1024;

/** Writes a number of bytes as people read it: "3.4 MB". A kilobyte has 1024 bytes here, as everywhere in the settings. */
export function bytesWord(bytes: number, language: Speaker['language']): string {
  let value = bytes;
  let at = 0;
  while (value >= step && at < units.length - 1) {
    value /= step;
    at++;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[at],
    unitDisplay: at === 0 ? 'long' : 'short',
    maximumFractionDigits: at === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}
