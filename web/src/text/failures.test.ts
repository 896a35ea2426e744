import { describe, expect, test } from 'vitest';
import { say } from './failures';
import { failures } from './it/failures';

describe('a failure in another language', () => {
  test('is made of its code and its values', () => {
    const failed = {
      message: 'The host name api.example.com was not found.',
      hint: 'Check the spelling of the host in the URL.',
      words: { code: 'host-unknown', args: ['api.example.com'], hint: { code: 'hint-host-spelling' } },
    };
    expect(say(failed, failures)).toEqual({
      message: 'Il nome di host api.example.com non è stato trovato.',
      hint: 'Controlla come è scritto l’host nell’URL.',
    });
  });

  test('keeps what a service has answered as it is', () => {
    const failed = {
      message: 'Customerly answered with HTTP status 422 Unprocessable Entity: email is taken',
      words: { code: 'service-status-text', args: ['Customerly', '422', 'Unprocessable Entity', 'email is taken'] },
    };
    expect(say(failed, failures).message).toBe(
      'Customerly ha risposto con lo stato HTTP 422 Unprocessable Entity: email is taken',
    );
    const quoted = { message: 'Email is taken', words: { hint: { code: 'hint-look-module' } } };
    expect(say(quoted, failures)).toEqual({
      message: 'Email is taken',
      hint: 'Guarda che cosa è mappato nel modulo, e il bundle da cui viene.',
    });
  });

  test('says the texts within it, each with its field', () => {
    const age = { code: 'misfit', args: ['Expected a number, got nothing'], field: 'age' };
    const expected = {
      code: 'expected',
      args: ['a number', 'nothing'],
      parts: [
        { at: 0, text: 'a number', words: { code: 'a-number' } },
        { at: 1, text: 'nothing', words: { code: 'nothing' } },
      ],
    };
    const failed = {
      message: 'Validation failed for 2 fields. …',
      words: {
        code: 'misfits',
        args: ['2', '…'],
        parts: [
          { at: 1, text: '…', words: { code: 'required-missing', args: ['Email'], field: 'email' } },
          { at: 1, text: '…', words: { ...age, parts: [{ at: 0, text: '…', words: expected }] } },
        ],
      },
    };
    expect(say(failed, failures).message).toBe(
      '2 campi non vanno bene: email: Manca il valore del campo obbligatorio «Email»; age: serve un numero, c’è un valore vuoto.',
    );
  });

  test('stays English where there is no code, no text for it, or no table', () => {
    const old = { message: 'It failed.', hint: 'look' };
    expect(say(old, failures)).toEqual(old);
    const newer = { ...old, words: { code: 'from-a-newer-server', args: ['x'], hint: { code: 'newer-too' } } };
    expect(say(newer, failures)).toEqual(old);
    expect(say({ ...old, words: { code: 'host-unknown', args: ['x'] } }, undefined)).toEqual(old);
  });
});
