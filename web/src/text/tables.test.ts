import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { failures as englishFailures } from './en/failures';
import { en } from './en/index';
import { failures as italianFailures } from './it/failures';
import { it as italian } from './it/index';
import { isKey, write, type Key } from './text';

const keys = Object.keys(en) as Key[];

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

describe('the tables of texts', () => {
  it('have the same keys', () => {
    expect(Object.keys(italian).sort()).toEqual([...keys].sort());
  });

  it('have a text for each key', () => {
    expect(keys.filter((key) => !en[key].trim() || !italian[key].trim())).toEqual([]);
  });

  it('have the same placeholders', () => {
    const differing = keys.filter((key) => placeholders(en[key]).join() !== placeholders(italian[key]).join());
    expect(differing).toEqual([]);
  });

  it('have one form or two, and as many in both', () => {
    const forms = (text: string) => text.split(' | ').length;
    const wrong = keys.filter((key) => {
      const n = forms(en[key]);
      return n !== forms(italian[key]) || n > 2;
    });
    expect(wrong).toEqual([]);
  });

  it('write the form that a number needs', () => {
    expect(write('en', 'apps.modules', { n: 1 })).toBe('1 module');
    expect(write('en', 'apps.modules', { n: 32 })).toBe('32 modules');
    expect(write('it', 'apps.modules', { n: 1 })).toBe('1 modulo');
  });
});

describe('the tables of failures', () => {
  const codes = Object.keys(englishFailures) as (keyof typeof englishFailures)[];

  it('have a text for each code of the server', () => {
    expect(codes.length).toBeGreaterThan(400);
    expect(Object.keys(italianFailures).sort()).toEqual([...codes].sort());
    expect(codes.filter((code) => !italianFailures[code].trim())).toEqual([]);
  });

  it('name no value that the server does not give', () => {
    const more = codes.filter((code) =>
      placeholders(italianFailures[code]).some((p) => !placeholders(englishFailures[code]).includes(p)),
    );
    expect(more).toEqual([]);
  });

  it('begin hints as sentences', () => {
    const small = codes.filter((code) => code.startsWith('hint-') && /^\p{Ll}/u.test(italianFailures[code]));
    expect(small).toEqual([]);
  });
});

const source = join(import.meta.dirname, '..');

/** What stays as it is in every language: the name of the product, and names and examples of what others have defined. */
const names = ['Ropeway', 'Esc', 'null', 'challenge', 'webhook-id', '{{data.user.data.email}}'];

/** Attributes that people read or hear. */
const spoken = ['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label', 'lead', 'help', 'confirm'];

function isText(text: string): boolean {
  return /\p{L}/u.test(text) && !names.includes(text.trim()) && !isKey(text);
}

/** Finds what a component says in words of its own. */
function ownWords(file: string): string[] {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (node: ts.Node, text: string) => {
    if (!isText(text)) return;
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${relative(source, file)} line ${line + 1}: ${text.trim()}`);
  };
  const walk = (node: ts.Node) => {
    if (ts.isJsxText(node)) note(node, node.text);
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer)) {
      if (spoken.includes(node.name.getText())) note(node, node.initializer.text);
    }
    ts.forEachChild(node, walk);
  };
  walk(tree);
  return found;
}

describe('components', () => {
  it('say nothing that is not in the tables', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
    expect(files.flatMap((name) => ownWords(join(source, name)))).toEqual([]);
  }, 60_000);
});
