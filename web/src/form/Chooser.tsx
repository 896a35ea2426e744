import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { Check, ChevronDown } from 'lucide-react';
import type { Field } from '../api/types';
import { useText } from '../text/text';
import { find } from './tree';
import { same } from './values';

type Option = NonNullable<Field['options']>[number];

export interface ChooserProps {
  id: string;
  options: Option[];
  value: unknown;
  /** What the value is called where it is not among the options. */
  label?: string;
  placeholder: string;
  disabled?: boolean;
  isWrong?: boolean;
  describedBy?: string;
  /** What is typed may be taken as well, where nothing is called so. */
  isOpenEnded?: boolean;
  onChoose: (value: unknown) => void;
}

const most = 200;

function found(options: Option[], query: string, own?: (text: string) => string): Option[] {
  if (!query) return options.slice(0, most);
  const list = find(options, query, (o) => [o.label.toLowerCase(), ''], most);
  const isNew = own && !options.some((o) => o.label === query.trim() || same(o.value, query.trim()));
  return isNew ? [...list, { label: own(query.trim()), value: query.trim() }] : list;
}

interface Place {
  left: number;
  width: number;
  top?: number;
  bottom?: number;
}

const listHeight = 260;

function placeOf(box: HTMLElement | null): Place {
  const r = (box ?? document.body).getBoundingClientRect();
  const isBelow = window.innerHeight - r.bottom > listHeight || r.top < listHeight;
  return {
    left: r.left,
    width: r.width,
    ...(isBelow ? { top: r.bottom + 4 } : { bottom: window.innerHeight - r.top + 4 }),
  };
}

interface ListProps {
  id: string;
  place: Place;
  list: Option[];
  at: number;
  value: unknown;
  onChoose: (o: Option) => void;
}

/** The list below the field, in the top layer, so that nothing cuts it off. */
function OptionList({ id, place, list, at, value, onChoose }: ListProps) {
  const { t } = useText();
  const popup = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    popup.current?.showPopover();
  }, []);
  useEffect(() => {
    popup.current?.querySelector(`#${CSS.escape(`${id}-${at}`)}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, id]);
  return (
    <div ref={popup} popover="manual" className="chooser-list" style={place}>
      <ul role="listbox" id={`${id}-list`} aria-label={t('form.choices')}>
        {list.map((o, i) => (
          <li
            key={i}
            id={`${id}-${i}`}
            role="option"
            aria-selected={same(o.value, value)}
            className={i === at ? 'at' : undefined}
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => onChoose(o)}
          >
            <Check aria-hidden />
            <span>
              {o.label}
              {o.help && <small>{o.help}</small>}
            </span>
          </li>
        ))}
      </ul>
      {list.length === 0 && <p className="soft">{t('form.choices.none')}</p>}
    </div>
  );
}

/** A select with search, for lists that are long or come from an app. */
export function Chooser(props: ChooserProps) {
  const { id, options, value, label, placeholder, disabled, isWrong, describedBy, isOpenEnded, onChoose } = props;
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const own = useId();
  const [query, setQuery] = useState<string>();
  const [place, setPlace] = useState<Place>();
  const isOpen = place !== undefined;
  const [at, setAt] = useState(0);
  const chosen = options.find((o) => same(o.value, value));
  const shown = chosen?.label ?? label ?? '';
  const list = found(options, query ?? '', isOpenEnded ? (text) => t('form.choose.own', { text }) : undefined);
  const open = () => {
    if (disabled || isOpen) return;
    setPlace(placeOf(box.current));
    setAt(
      Math.max(
        0,
        options.findIndex((o) => same(o.value, value)),
      ),
    );
  };
  const close = () => {
    setPlace(undefined);
    setQuery(undefined);
  };
  const choose = (o: Option) => {
    onChoose(o.value);
    close();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[e.key];
    if (step) {
      e.preventDefault();
      if (isOpen) setAt(Math.min(Math.max(at + step, 0), list.length - 1));
      else open();
    } else if (e.key === 'Enter') {
      e.preventDefault();
      const o = list[at];
      if (isOpen && o) choose(o);
      else open();
    } else if (e.key === 'Escape' && isOpen) {
      e.stopPropagation();
      e.preventDefault();
      close();
    }
  };
  return (
    <div ref={box} className="chooser">
      <input
        id={id}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${own}-list` : undefined}
        aria-activedescendant={isOpen && list[at] ? `${own}-${at}` : undefined}
        aria-autocomplete="list"
        aria-invalid={isWrong || undefined}
        aria-describedby={describedBy}
        autoComplete="off"
        spellCheck={false}
        disabled={disabled}
        placeholder={placeholder}
        value={query ?? shown}
        onChange={(e) => {
          setQuery(e.target.value);
          setAt(0);
          setPlace(placeOf(box.current));
        }}
        onClick={open}
        onFocus={(e) => e.target.select()}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <ChevronDown aria-hidden className="chooser-arrow" />
      {place && <OptionList id={own} place={place} list={list} at={at} value={value} onChoose={choose} />}
    </div>
  );
}
