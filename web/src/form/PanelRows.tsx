import { useRef, useState, type KeyboardEvent } from 'react';
import { Calendar, ChevronRight, File, Hash, List, Shapes, ToggleLeft, Type, type LucideIcon } from 'lucide-react';
import { dragType } from './drag';
import { useMapping } from './mapping';
import { toneStyle } from './pills';
import type { Row } from './rows';

const icons: Record<string, LucideIcon> = {
  text: Type,
  number: Hash,
  date: Calendar,
  time: Calendar,
  boolean: ToggleLeft,
  array: List,
  collection: Shapes,
  buffer: File,
  any: Type,
};

interface RowsProps {
  rows: Row[];
  label: string;
  onToggle: (key: string) => void;
  /** By a mouse, the focus goes back to the field. */
  onTake: (row: Row, isMouse: boolean) => void;
  onPoint: (row: Row) => void;
}

function RowView({ row, isCurrent, ...on }: { row: Row; isCurrent: boolean } & Omit<RowsProps, 'rows' | 'label'>) {
  const { words } = useMapping();
  const Icon = row.type ? icons[row.type] : undefined;
  return (
    <li
      role="treeitem"
      aria-level={row.level}
      aria-expanded={row.isOpen}
      className={row.snippet ? 'mp-row' : row.isNote ? 'mp-row note-row' : 'mp-row heading'}
      data-key={row.key}
      tabIndex={isCurrent ? 0 : -1}
      draggable={row.snippet !== undefined}
      onDragStart={(e) => {
        e.dataTransfer.setData(dragType, JSON.stringify(row.snippet));
        e.dataTransfer.setData('text/plain', `{{${row.snippet?.code ?? ''}}}`);
        e.dataTransfer.effectAllowed = 'copy';
      }}
      onMouseDown={(e) => !row.snippet && e.preventDefault()} // the field keeps the focus
      onClick={() => (row.snippet ? on.onTake(row, true) : !row.isNote && on.onToggle(row.key))}
      onMouseEnter={() => on.onPoint(row)}
      onFocus={() => on.onPoint(row)}
    >
      {row.isOpen === undefined ? (
        <span className="mp-chevron" />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          aria-hidden
          className="mp-chevron"
          onMouseDown={(e) => e.preventDefault()}
          onClick={(e) => {
            e.stopPropagation();
            on.onToggle(row.key);
          }}
        >
          <ChevronRight className={row.isOpen ? 'open' : undefined} aria-hidden />
        </button>
      )}
      {row.badge && (
        <span className={`mp-badge ${row.badge.tone}`} style={toneStyle(words.color(row.badge.app))}>
          {row.badge.text}
        </span>
      )}
      {Icon && <Icon className="mp-type" aria-hidden />}
      <span className="mp-label">{row.label}</span>
      {row.detail && <span className="mp-detail">{row.detail}</span>}
    </li>
  );
}

/** Rows to put in, as a tree with one stop of the Tab key: arrows move, right and left open and close, Enter puts in. */
export function PanelRows({ rows, label, ...on }: RowsProps) {
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState<string>();
  const at = Math.max(
    0,
    rows.findIndex((r) => r.key === current),
  );
  const go = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (!row) return;
    setCurrent(row.key);
    list.current?.querySelector<HTMLElement>(`[data-key=${CSS.escape(row.key)}]`)?.focus();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const row = rows[at];
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row?.isOpen === false ? on.onToggle(row.key) : go(at + 1)),
      ArrowLeft: () => {
        if (row?.isOpen) on.onToggle(row.key);
        else go(rows.findLastIndex((r, i) => i < at && r.level < (row?.level ?? 1)));
      },
      Enter: () => row && (row.snippet ? on.onTake(row, false) : on.onToggle(row.key)),
      ' ': () => row && (row.snippet ? on.onTake(row, false) : on.onToggle(row.key)),
    };
    const step = steps[e.key];
    if (!step) return;
    e.preventDefault();
    e.stopPropagation();
    step();
  };
  return (
    <ul ref={list} role="tree" aria-label={label} className="mp-rows" onKeyDown={onKeyDown}>
      {rows.map((row, i) => (
        <RowView
          key={row.key}
          row={row}
          isCurrent={i === at}
          {...on}
          onTake={(r, isMouse) => {
            setCurrent(r.key);
            on.onTake(r, isMouse);
          }}
        />
      ))}
    </ul>
  );
}
