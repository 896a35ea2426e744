import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useText } from '../text/text';
import { isBranch, lines, scalarText, type Line, type Way } from './values';
import { useRows } from './rows';

const lineHeight = 28;
const longText = 400;
const openDepth = 1;

interface ValueTreeProps {
  value: object;
  name: string;
  bundles: boolean;
  search: string;
  onChoose: (line: { way: Way; value: unknown } | undefined) => void;
}

/** The lines of a value, of which only those in sight are drawn. */
export function ValueTree({ value, name, bundles, search, onChoose }: ValueTreeProps) {
  const { t } = useText();
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const few = Object.keys(value).length <= 3;
  const list = useMemo(
    () =>
      lines(value, {
        search,
        isOpen: (id, depth) => (depth < openDepth && few) !== turned.has(id),
      }),
    [value, search, turned, few],
  );
  const [at, setAt] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const virtual = useRows({ count: list.length, box, height: lineHeight, keyOf: (i) => list[i]?.id ?? i });
  const chosen = list.findIndex((l) => l.id === at);
  useEffect(() => {
    onChoose(undefined);
  }, [value, onChoose]);
  const choose = (i: number) => {
    const line = list[i];
    if (!line) return;
    setAt(line.id);
    onChoose(line);
    virtual.scrollToIndex(i);
  };
  const turn = (line: Line) => {
    const next = new Set(turned);
    if (!next.delete(line.id)) next.add(line.id);
    setTurned(next);
  };
  const onKey = (e: KeyboardEvent) => {
    const line = list[chosen];
    const to: Record<string, () => void> = {
      ArrowDown: () => choose(Math.min(chosen + 1, list.length - 1)),
      ArrowUp: () => choose(Math.max(chosen - 1, 0)),
      Home: () => choose(0),
      End: () => choose(list.length - 1),
      ArrowRight: () => line?.parts && (line.open ? choose(chosen + 1) : turn(line)),
      ArrowLeft: () => line && (line.open ? turn(line) : choose(parentOf(list, chosen))),
      Enter: () => line?.parts && turn(line),
    };
    if (!to[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    to[e.key]?.();
  };
  if (list.length === 0)
    return <p className="soft value-none">{search ? t('runs.value.no-match') : t('runs.value.empty')}</p>;
  const items = virtual.getVirtualItems();
  return (
    <div
      ref={box}
      className="value-lines"
      role="tree"
      aria-label={name}
      tabIndex={0}
      aria-activedescendant={items.some((v) => v.index === chosen) ? `${prefix}${chosen}` : undefined}
      onKeyDown={onKey}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const line = list[item.index];
          if (!line) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              id={`${prefix}${item.index}`}
              role="treeitem"
              aria-level={line.depth + 1}
              aria-expanded={line.parts ? line.open : undefined}
              aria-selected={item.index === chosen}
              className="value-line"
              style={{
                transform: `translateY(${item.start}px)`,
                paddingInlineStart: `${line.depth * 1.125 + 0.25}rem`,
              }}
              onClick={() => {
                choose(item.index);
                if (line.parts) turn(line);
              }}
            >
              {line.parts ? (
                line.open ? (
                  <ChevronDown aria-hidden />
                ) : (
                  <ChevronRight aria-hidden />
                )
              ) : (
                <span className="value-gap" />
              )}
              <span className="value-name">
                {bundles && line.depth === 0 ? t('runs.bundle.of', { number: line.name }) : line.name}
              </span>
              <Shown line={line} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function parentOf(list: Line[], at: number): number {
  const depth = list[at]?.depth ?? 0;
  for (let i = at - 1; i >= 0; i--) if ((list[i]?.depth ?? 0) < depth) return i;
  return Math.max(0, at);
}

function Shown({ line }: { line: Line }) {
  const { t } = useText();
  const [whole, setWhole] = useState(false);
  const { value, parts = 0 } = line;
  if (isBranch(value)) {
    if (parts === 0) return <span className="v-nothing">{Array.isArray(value) ? '[ ]' : '{ }'}</span>;
    const hint = line.open ? '' : preview(value);
    return (
      <span className="value-parts">
        {t(Array.isArray(value) ? 'value.items' : 'value.fields', { n: parts })}
        {hint && <span className="value-hint"> {hint}</span>}
      </span>
    );
  }
  if (typeof value !== 'string')
    return <span className={value === null ? 'v-nothing' : 'v-other'}>{scalarText(value)}</span>;
  const isLong = value.length > longText;
  return (
    <span className="v-text">
      {value === '' ? (
        <span className="v-nothing">{t('runs.value.no-text')}</span>
      ) : isLong && !whole ? (
        value.slice(0, longText) + '…'
      ) : (
        value
      )}
      {isLong && (
        <button
          type="button"
          className="link-button"
          onClick={(e) => {
            e.stopPropagation();
            setWhole(!whole);
          }}
        >
          {t(whole ? 'runs.value.less' : 'runs.value.whole', { n: value.length })}
        </button>
      )}
    </span>
  );
}

/** A glance into what is closed. */
function preview(value: object): string {
  const list: unknown[] = Object.values(value);
  const texts = list
    .filter((v) => !isBranch(v) && v !== null && v !== '')
    .slice(0, 3)
    .map(scalarText);
  return texts.join(' · ').slice(0, 90);
}
