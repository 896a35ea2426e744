import { useMemo, useRef } from 'react';
import { useText } from '../text/text';
import { brief } from './values';
import { useRows } from './rows';

const rowHeight = 32;

interface ValueTableProps {
  rows: unknown[];
  columns: string[];
  /** What people call the columns, by name, where it is known. */
  labels?: ReadonlyMap<string, string>;
  name: string;
  search: string;
}

/** Bundles as rows. Only those in sight are drawn. */
export function ValueTable({ rows, columns, labels, name, search }: ValueTableProps) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const list = useMemo(() => {
    const all = rows.map((row, i) => ({ number: i + 1, row: row as Record<string, unknown> }));
    const wanted = search.trim().toLowerCase();
    if (!wanted) return all;
    return all.filter(({ row }) => columns.some((c) => brief(row[c]).toLowerCase().includes(wanted)));
  }, [rows, columns, search]);
  const virtual = useRows({ count: list.length, box, height: rowHeight });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={box} className="value-table" role="region" aria-label={name} tabIndex={0}>
      <table aria-rowcount={list.length + 1}>
        <thead>
          <tr>
            <th scope="col" className="number">
              {t('runs.bundle')}
            </th>
            {columns.map((c) => (
              <th key={c} scope="col" title={c}>
                {labels?.get(c) ?? c}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden>
              <td style={{ height: before }} />
            </tr>
          )}
          {items.map(({ index }) => {
            const line = list[index];
            if (!line) return null;
            return (
              <tr key={line.number} aria-rowindex={index + 2}>
                <th scope="row" className="number">
                  {line.number}
                </th>
                {columns.map((c) => (
                  <td key={c} title={brief(line.row[c]).slice(0, 500)}>
                    {brief(line.row[c]).slice(0, 200)}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && (
            <tr aria-hidden>
              <td style={{ height: after }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
