import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type FocusEvent,
  type ReactNode,
} from 'react';
import { useApps } from '../parts/apps';
import { useText } from '../text/text';
import { MappingPanel } from './MappingPanel';
import type { Snippet } from './paths';
import type { PillWords } from './pills';
import type { Source } from './source';

/** A field into which things can be put. */
export interface Target {
  label: string;
  insert: (snippet: Snippet) => void;
  focus: () => void;
}

export interface Mapping {
  sources: Source[];
  byId: ReadonlyMap<number, Source>;
  zone: string;
  readOnly: boolean;
  words: PillWords;
  /** A field got the focus: what the panel puts in goes there. */
  enter: (target: Target) => void;
  /** Opens the panel for a field and takes the focus there. */
  browse: (target: Target) => void;
  /** Closes the panel; false where it was not open. */
  close: () => boolean;
}

const MappingContext = createContext<Mapping | undefined>(undefined);

export function useMapping(): Mapping {
  const mapping = useContext(MappingContext);
  if (!mapping) throw new Error('fields for mapping stand in a form for mapping');
  return mapping;
}

interface Shown {
  target: Target;
  isOpen: boolean;
  /** Counts how often the focus was asked to go into the panel. */
  browsed: number;
}

const narrow = '(max-width: 56rem)';

/** Where the panel stands: beside the form, on the side that has room. */
export interface Side {
  left: number;
  top: number;
  height: number;
}

const panelWidth = 352;
const margin = 28; // beyond the edge of what the form stands in

function sideOf(form: HTMLElement | null): Side | undefined {
  if (!form || window.matchMedia(narrow).matches) return undefined;
  const box = form.getBoundingClientRect();
  // The form scrolls; what it scrolls in stays where it is.
  const frame = (form.closest('.builder-panel') ?? form).getBoundingClientRect();
  const top = Math.max(12, frame.top + 12);
  const height = Math.min(640, Math.min(frame.bottom, window.innerHeight) - top - 12);
  if (box.left >= panelWidth + margin) return { left: box.left - panelWidth - margin, top, height };
  if (window.innerWidth - box.right >= panelWidth + margin) return { left: box.right + margin, top, height };
  return undefined;
}

function isSame(a: Source, b: Source): boolean {
  return (
    a.module === b.module &&
    a.label === b.label &&
    a.sample === b.sample &&
    a.origin === b.origin &&
    a.at === b.at &&
    a.fields.length === b.fields.length &&
    a.fields.every((f, i) => f === b.fields[i])
  );
}

/** The sources, those that are as before as the objects that they were: what was computed of them holds then. */
function kept(before: Source[], next: Source[]): Source[] {
  const known = new Map(before.map((s) => [s.id, s]));
  const list = next.map((s) => {
    const old = known.get(s.id);
    return old && isSame(old, s) ? old : s;
  });
  return list.length === before.length && list.every((s, i) => s === before[i]) ? before : list;
}

function useKept(next: Source[]): Source[] {
  const [before, setBefore] = useState(next);
  const list = kept(before, next);
  if (list !== before) setBefore(list);
  return list;
}

/** A form whose fields can be mapped: it knows the modules before, and shows what they give beside the field that has the focus. */
export function MappingForm({
  sources: given,
  zone,
  readOnly,
  children,
}: {
  sources: Source[];
  zone: string;
  readOnly: boolean;
  children: ReactNode;
}) {
  const { t } = useText();
  const sources = useKept(given);
  const apps = useApps().data?.items;
  const root = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<Shown>();
  const [side, setSide] = useState<Side>();
  const isOpen = useRef(false);
  const place = useRef<Side>(undefined);
  /** The field to which the focus comes back from the panel that was closed: that must not open it again. */
  const comingBack = useRef<string>(undefined);

  const show = useCallback((target: Target, isBrowsed: boolean) => {
    const isBack = comingBack.current === target.label && !isBrowsed;
    comingBack.current = undefined;
    // While it is open it stays where it is, whatever moves around it.
    const side = isOpen.current ? place.current : sideOf(root.current);
    place.current = side;
    setSide(side);
    setShown((s) => {
      const open = isBrowsed || (side !== undefined && !isBack); // on a small screen it would cover the field, so it waits to be asked for
      isOpen.current = open;
      return { target, isOpen: open, browsed: (s?.browsed ?? 0) + (isBrowsed ? 1 : 0) };
    });
  }, []);
  const close = useCallback(() => {
    const was = isOpen.current;
    isOpen.current = false;
    setShown((s) => s && { ...s, isOpen: false });
    return was;
  }, []);
  useEffect(() => {
    const replace = () => {
      place.current = sideOf(root.current);
      setSide(place.current);
    };
    window.addEventListener('resize', replace);
    return () => window.removeEventListener('resize', replace);
  }, []);

  const isShown = shown?.isOpen === true && !readOnly;

  const mapping = useMemo<Mapping>(
    () => ({
      sources,
      byId: new Map(sources.map((s) => [s.id, s])),
      zone,
      readOnly,
      words: {
        all: t('form.pill.all'),
        missing: (module) => t('form.pill.missing', { module: String(module) }),
        color: (app) => apps?.find((a) => a.name === app)?.color,
      },
      enter: (target) => {
        if (sources.length > 0) show(target, false); // before there is anything to map it would only be in the way
      },
      browse: (target) => show(target, true),
      close,
    }),
    [sources, zone, readOnly, t, show, close, apps],
  );
  const onFocus = (e: FocusEvent) => {
    if (!e.target.closest('[data-mapping], [data-panel]')) close();
  };
  const onBlur = (e: FocusEvent) => {
    const to = e.relatedTarget;
    if (to instanceof Element && !root.current?.contains(to)) close();
  };
  return (
    <MappingContext value={mapping}>
      <div ref={root} className="mapping-form" onFocus={onFocus} onBlur={onBlur}>
        {children}
        {isShown && (
          <MappingPanel
            sources={sources}
            target={shown.target}
            browsed={shown.browsed}
            side={side}
            onClose={() => {
              close();
              comingBack.current = shown.target.label;
              shown.target.focus();
            }}
          />
        )}
      </div>
    </MappingContext>
  );
}
