import { expect, test } from 'vitest';
import { readExchanges } from './calls';

test('a call reads the same in either form in which modules record it', () => {
  const nested = {
    request: { method: 'POST', url: 'https://a.example/', headers: { 'X-A': ['1'] }, body: '{}' },
    response: { status: 400, headers: undefined, body: { text: 'cut', bytes: 70_000, note: 'cut' } },
    duration_ms: 2,
  };
  const flat = {
    method: 'POST',
    url: 'https://a.example/',
    requestHeader: { 'X-A': ['1'] },
    requestBody: { bytes: 2, text: '{}' },
    status: 400,
    responseBody: { text: 'cut', bytes: 70_000, note: 'cut' },
    duration: 2_000_000,
  };
  expect(readExchanges([nested, { pinned: true }, flat])).toEqual([nested, nested]);
});

test('a call without an answer has none', () => {
  const [call] = readExchanges([
    { method: 'GET', url: 'https://gone.example/', responseBody: { bytes: 0 }, error: 'refused' },
  ]);
  expect(call?.response).toBeUndefined();
  expect(call?.request.body).toBeUndefined();
  expect(call?.error).toBe('refused');
  expect(readExchanges(undefined)).toEqual([]);
});
