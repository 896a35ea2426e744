import { useText } from '../text/text';

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

type Write = (n: number) => string;

function sized(bytes: number, whole: Write, exact: Write): string {
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${(n < 10 && unit > 0 ? exact : whole)(n)} ${units[unit] ?? ''}`;
}

function makeNumbers(language: string) {
  const digits = (most: number): Write => {
    const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: most });
    return (n) => numbers.format(n);
  };
  const whole = digits(0);
  const exact = digits(1);
  return { language, bytes: (n: number) => sized(n, whole, exact), count: whole };
}

const made = new Map<string, ReturnType<typeof makeNumbers>>();

/** The same for all rows of a list, each of which asks for it: formats are dear to make. */
function numbersIn(language: string) {
  const numbers = made.get(language) ?? makeNumbers(language);
  made.set(language, numbers);
  return numbers;
}

/** Writes a number of bytes: "1.4 MB". */
export function bytesText(bytes: number, language: string): string {
  return numbersIn(language).bytes(bytes);
}

export function useNumbers() {
  return numbersIn(useText().language);
}
