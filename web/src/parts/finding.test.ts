import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { say } from '../text/failures';
import { failures } from '../text/it/failures';
import { isKey, write, type Speaker } from '../text/text';
import { inWords } from './finding';

const full = (module: number) => `List Leads (${module})`;
const italian: Pick<Speaker, 't' | 'told'> = {
  t: (key, values) => write('it', key, values),
  told: (failure) => say(failure, failures),
};

describe('a finding in words', () => {
  test('is made of its code, its values and the modules that it names', () => {
    const found = {
      path: 'x',
      problem: 'column 3: module 2 (a:b) is disabled, …',
      code: 'reference-off',
      args: ['3'],
      modules: [2],
    };
    expect(inWords(found, italian, full)).toMatchObject({
      path: 'x',
      problem: 'List Leads (2) è disattivato, quindi questo è sempre vuoto (colonna 3).',
      hint: 'Attiva il modulo, oppure mappane un altro.',
    });
  });

  test('stays as the server says it where there is no text for it', () => {
    const found = { problem: 'no such thing', hint: 'look', code: 'from-a-newer-server' };
    expect(inWords(found, italian, full)).toBe(found);
    expect(inWords({ problem: 'no code' }, italian, full).problem).toBe('no code');
  });

  test('is said as a failure where it is one', () => {
    const found = {
      problem: "column 3: unknown function 'uper'",
      hint: "did you mean 'upper'?",
      words: {
        code: 'in-column',
        args: ['3', "unknown function 'uper'"],
        parts: [{ at: 1, text: "unknown function 'uper'", words: { code: 'function-unknown', args: ['uper'] } }],
        hint: { code: 'hint-did-you-mean', args: ['upper'] },
      },
    };
    expect(inWords(found, italian, full)).toMatchObject({
      problem: 'Colonna 3: la funzione «uper» non esiste',
      hint: 'Intendevi «upper»?',
    });
  });

  test('is there for every code of the server', () => {
    const server = join(import.meta.dirname, '../../../internal/blueprint');
    const files = readdirSync(server).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'));
    const codes = files.flatMap((name) =>
      [...readFileSync(join(server, name), 'utf8').matchAll(/"\[([a-z-]+)\] /g)].map((m) => m[1] ?? ''),
    );
    expect(codes.length).toBeGreaterThan(40);
    expect(codes.filter((code) => !isKey(`problem.${code}`) && !Object.hasOwn(failures, code))).toEqual([]);
  });
});
