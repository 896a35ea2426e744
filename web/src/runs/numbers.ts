import { useMemo } from 'react';
import { useText } from '../text/text';

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Writes a number of bytes: "1.4 MB". */
export function bytesText(bytes: number, language: string): string {
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${n.toLocaleString(language, { maximumFractionDigits: n < 10 && unit > 0 ? 1 : 0 })} ${units[unit] ?? ''}`;
}

export function useNumbers() {
  const { language } = useText();
  return useMemo(
    () => ({
      language,
      bytes: (n: number) => bytesText(n, language),
      count: (n: number) => n.toLocaleString(language),
    }),
    [language],
  );
}
