import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en } from './en/index';
import { say, type FailureTable, type Said } from './failures';
import { it } from './it/index';

export type Key = keyof typeof en;
export type Language = 'en' | 'it';
/** Tells whether a name, such as one that the server gave, has a text. */
export function isKey(name: string): name is Key {
  return Object.hasOwn(en, name);
}

type Values = Record<string, string | number>;

const tables: Record<Language, Record<Key, string>> = { en, it };

/** Chooses the language to speak of those that somebody prefers, the first that there is. */
export function languageOf(...preferred: (string | undefined)[]): Language {
  for (const tag of preferred) {
    const base = tag?.split('-')[0]?.toLowerCase();
    if (base === 'en' || base === 'it') return base;
  }
  return 'en';
}

/** Makes something when it is first needed, and once: formats of dates and numbers are dear to make and cheap to use. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** What the server says in failures is said by it in English; the tables of other languages are loaded when somebody reads them. */
const failures: Partial<Record<Language, () => Promise<FailureTable>>> = {
  it: async () => (await import('./it/failures')).failures,
};

const plurals: Record<Language, () => Intl.PluralRules> = {
  en: once(() => new Intl.PluralRules('en')),
  it: once(() => new Intl.PluralRules('it')),
};

const numbers: Record<Language, () => Intl.NumberFormat> = {
  en: once(() => new Intl.NumberFormat('en')),
  it: once(() => new Intl.NumberFormat('it')),
};

/** Writes a number; those of a few digits, which look the same everywhere, without the format, the first use of which holds a page up. */
function numeral(language: Language, n: number): string {
  return Number.isInteger(n) && Math.abs(n) < 1000 ? String(n) : numbers[language]().format(n);
}

/**
 * Writes a text. {name} stands for a value; a text that depends on a number n has the forms "one | many" in the table, divided by a bar.
 */
export function write(language: Language, key: Key, values: Values = {}): string {
  let text = tables[language][key];
  if (text.includes(' | ')) {
    const [one = '', many = ''] = text.split(' | ');
    text = plurals[language]().select(Number(values.n)) === 'one' ? one : many;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numeral(language, value) : value;
  });
}

export interface Speaker {
  language: Language;
  zone: string | undefined;
  t: (key: Key, values?: Values) => string;
  /** Says what the server says of a failure. */
  told: (failure: Said) => { message: string; hint?: string };
  /** Writes a moment: the time alone where it is of today. */
  moment: (iso: string | undefined) => string;
  /** Writes a moment in few letters: the bare time where it is of today, else the bare day. */
  brief: (iso: string | undefined) => string;
  /** Writes a moment in full. */
  full: (iso: string | undefined) => string;
  duration: (ms: number) => string;
}

function speaker(language: Language, zone: string | undefined, table?: FailureTable): Speaker {
  const day = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: zone }));
  const time = once(() => new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: zone }));
  const full = once(() => new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long', timeZone: zone }));
  const short = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }));
  const t: Speaker['t'] = (key, values) => write(language, key, values);
  const number = (n: number) => short().format(n);
  return {
    language,
    zone,
    t,
    told: (failure) => say(failure, table),
    moment: (iso) => {
      if (!iso) return '';
      const at = new Date(iso);
      const of = day().format(at);
      return of === day().format(new Date())
        ? t('time.today', { time: time().format(at) })
        : `${of}, ${time().format(at)}`;
    },
    brief: (iso) => {
      if (!iso) return '';
      const of = day().format(new Date(iso));
      return of === day().format(new Date()) ? time().format(new Date(iso)) : of;
    },
    full: (iso) => (iso ? full().format(new Date(iso)) : ''),
    duration: (ms) => {
      if (ms < 1000) return t('time.ms', { time: number(ms) });
      if (ms < 60_000) return t('time.s', { time: number(ms / 1000) });
      return t('time.min', { time: number(ms / 60_000) });
    },
  };
}

const SpeakerContext = createContext(speaker('en', undefined));

/** The failures in a language; undefined for English, and until they are there. */
function useFailures(language: Language): FailureTable | undefined {
  const [loaded, setLoaded] = useState<{ language: Language; table: FailureTable }>();
  useEffect(() => {
    failures[language]?.()
      .then((table) => setLoaded({ language, table }))
      .catch(() => undefined); // a new version was installed meanwhile: English until the page is loaded anew
  }, [language]);
  return loaded?.language === language ? loaded.table : undefined;
}

export function TextProvider({ language, zone, children }: { language: Language; zone?: string; children: ReactNode }) {
  const table = useFailures(language);
  const value = useMemo(() => speaker(language, zone || undefined, table), [language, zone, table]);
  return <SpeakerContext value={value}>{children}</SpeakerContext>;
}

export function useText(): Speaker {
  return useContext(SpeakerContext);
}
