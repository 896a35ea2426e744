import { useState } from 'react';
import { useText } from '../text/text';

const part = 50;

function Scalar({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="v-text">{value}</span>;
  if (value === null || value === undefined) return <span className="v-nothing">null</span>;
  return <span className="v-other">{JSON.stringify(value)}</span>;
}

function entries(value: object): [string, unknown][] {
  return Array.isArray(value) ? value.map((v, i): [string, unknown] => [String(i + 1), v]) : Object.entries(value);
}

/** Shows a value as a tree: collections can be closed, and long ones are shown in parts. */
export function Value({ value, open = true }: { value: unknown; open?: boolean }) {
  const { t } = useText();
  const [shown, setShown] = useState(part);
  if (typeof value !== 'object' || value === null) return <Scalar value={value} />;
  const all = entries(value);
  if (all.length === 0) return <span className="v-nothing">{Array.isArray(value) ? '[ ]' : '{ }'}</span>;
  return (
    <details className="value" open={open}>
      <summary>{t(Array.isArray(value) ? 'value.items' : 'value.fields', { n: all.length })}</summary>
      <dl>
        {all.slice(0, shown).map(([name, v]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Value value={v} open={false} />
            </dd>
          </div>
        ))}
      </dl>
      {all.length > shown && (
        <button type="button" className="button quiet" onClick={() => setShown(shown + part)}>
          {t('common.more')}
        </button>
      )}
    </details>
  );
}

/** Reads a body that is JSON, to be shown as a tree; any other stays text. */
export function readable(body: unknown): unknown {
  if (typeof body !== 'string' || !/^\s*[[{]/.test(body)) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
