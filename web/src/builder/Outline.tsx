import { Fragment, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import { CircleAlert, EllipsisVertical, Filter as FilterIcon, Plus, TriangleAlert } from 'lucide-react';
import { fallbackOf, shift } from '../blueprint/edits';
import { noteOf } from '../blueprint/notes';
import {
  branchesOf,
  endsLane,
  find,
  handlerOf,
  isDirective,
  isRouter,
  orphansOf,
  routesOf,
  type Lane,
} from '../blueprint/tree';
import type { Filter, Node, Route } from '../blueprint/types';
import type { Bubble, Mark, Passed } from '../canvas/FlowCanvas';
import { AppIcon } from '../parts/apps';
import { appOf } from '../parts/flow';
import { useText } from '../text/text';
import { removeChosen } from './actions';
import { useBuilder } from './builder';

interface OutlineProps {
  bubbles: Record<number, Bubble>;
  passed: Record<number, Passed>;
  marks: Record<number, Mark>;
  onBubble: (module: number) => void;
}

/** The scenario as nested lists: the same structure as the canvas, for the keyboard, for phones, and for who listens. */
export function Outline(props: OutlineProps) {
  const { blueprint, add, readOnly } = useBuilder();
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const keys = useOutlineKeys(box);
  return (
    <div ref={box} className="outline" role="group" aria-label={t('builder.outline')} onKeyDown={keys}>
      {blueprint.flow.length === 0 ? (
        <div className="empty">
          <h2>{t('canvas.empty')}</h2>
          <p className="soft">{t('canvas.empty.hint')}</p>
          {!readOnly && (
            <button type="button" className="button primary" onClick={() => add({ at: 'first' })}>
              <Plus aria-hidden /> {t('builder.add')}
            </button>
          )}
        </div>
      ) : (
        <Row {...props} flow={blueprint.flow} lane={{ of: 'main' }} />
      )}
      {orphansOf(blueprint).map((flow, index) => (
        <section key={index} className="outline-loose">
          <p className="outline-way">{t('builder.outline.loose')}</p>
          <Row {...props} flow={flow} lane={{ of: 'orphan', index }} />
        </section>
      ))}
    </div>
  );
}

/** Arrow keys lead from module to module; letters do what the menu does. */
function useOutlineKeys(box: React.RefObject<HTMLDivElement | null>) {
  const b = useBuilder();
  const focus = (id: number) =>
    window.requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-module="${id}"]`)?.focus());
  return (e: KeyboardEvent) => {
    const id = Number((e.target as HTMLElement).dataset.module);
    if (!id) return;
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[data-module]') ?? [])];
    const now = all.findIndex((x) => x === e.target);
    if (e.altKey && (e.key === 'ArrowUp' || e.key === 'ArrowDown')) {
      if (!b.readOnly) b.edit((x) => shift(x, id, e.key === 'ArrowUp' ? -1 : 1));
      focus(id);
    } else if (e.key === 'ArrowDown') all[now + 1]?.focus();
    else if (e.key === 'ArrowUp') all[now - 1]?.focus();
    else if (e.key === 'Home') all[0]?.focus();
    else if (e.key === 'End') all.at(-1)?.focus();
    else if (e.key === 'Delete' && !b.readOnly) {
      removeChosen(b, b.selection.includes(id) ? b.selection : [id]);
      const next = all[now - 1] ?? all[now + 1];
      if (next) focus(Number(next.dataset.module));
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
}

function Row({ flow, lane, ...props }: OutlineProps & { flow: Node[]; lane: Lane }) {
  const { add, readOnly, labels, blueprint } = useBuilder();
  const { t } = useText();
  const last = flow.at(-1);
  const open = last && !endsLane(last) && branchesOf(last).length === 0;
  return (
    <ol className="outline-row">
      {flow.map((node, i) => (
        <Item key={node.id} {...props} node={node} linked={i > 0 || (lane.of !== 'main' && lane.of !== 'orphan')} />
      ))}
      {open && !readOnly && find(blueprint, last.id) && (
        <li>
          <button
            type="button"
            className="outline-add"
            aria-label={t('canvas.add-after', { name: labels.full(last) })}
            onClick={() => add({ at: 'behind', module: last.id })}
          >
            <Plus aria-hidden /> {t('builder.add')}
          </button>
        </li>
      )}
    </ol>
  );
}

function Item({ node, linked, ...props }: OutlineProps & { node: Node; linked: boolean }) {
  const { blueprint, labels, select, selectLink, selection, link, readOnly, menu } = useBuilder();
  const { t } = useText();
  const { id } = node;
  const filter = node.filter as Filter | null | undefined;
  const mark = props.marks[id];
  const bubble = props.bubbles[id];
  const passed = filter ? props.passed[id] : undefined;
  const did =
    passed &&
    passed.passed + passed.filtered > 0 &&
    t('canvas.passed', { passed: String(passed.passed), filtered: String(passed.filtered) });
  const note = noteOf(blueprint, id);
  const Warn = mark?.bad ? CircleAlert : TriangleAlert;
  const openMenu = (e: MouseEvent<HTMLElement>) => {
    const { left, bottom } = e.currentTarget.getBoundingClientRect();
    e.preventDefault();
    menu({ module: id }, { x: left, y: bottom });
  };
  return (
    <li>
      {linked && (filter || !readOnly) && (
        <button
          type="button"
          className={`outline-filter${filter ? ' filtered' : ''}`}
          aria-pressed={link === id}
          aria-label={[
            t(filter ? 'builder.outline.filter' : 'builder.outline.no-filter', {
              name: filter?.name || t('canvas.filter'),
              module: labels.full(node),
            }),
            did,
          ]
            .filter(Boolean)
            .join(', ')}
          onClick={() => selectLink(id)}
        >
          <FilterIcon aria-hidden />
          <span>{filter ? filter.name || t('canvas.filter') : t('canvas.set-filter')}</span>
          {did && <span className={`pipe-passed${passed.passed === 0 ? ' none' : ''}`}>{did}</span>}
        </button>
      )}
      <div
        className={`outline-module${selection.includes(id) ? ' selected' : ''}${node.disabled === true ? ' off' : ''}`}
      >
        <button
          type="button"
          className="outline-name"
          data-module={id}
          aria-pressed={selection.includes(id)}
          onClick={() => select([id])}
          onContextMenu={readOnly ? undefined : openMenu}
        >
          <AppIcon app={appOf(node.module)} />
          <span>
            <span className="label">{labels.title(node)}</span>
            <span className="soft">
              {labels.app(node.module)} <span className="tile-id">{id}</span>
            </span>
          </span>
        </button>
        {mark && (
          <span className={`outline-mark${mark.bad ? ' bad' : ''}`} role="img" aria-label={mark.text} title={mark.text}>
            <Warn aria-hidden />
          </span>
        )}
        {bubble && (
          <button
            type="button"
            className={`tile-bubble${bubble.errors > 0 ? ' bad' : ''}`}
            aria-label={t('canvas.bubble', { what: t('canvas.operations', { n: bubble.operations }), id: String(id) })}
            onClick={() => props.onBubble(id)}
          >
            {bubble.operations}
          </button>
        )}
        {!readOnly && (
          <button
            type="button"
            className="icon-button"
            aria-haspopup="menu"
            aria-label={t('builder.outline.menu', { module: labels.full(node) })}
            onClick={openMenu}
          >
            <EllipsisVertical aria-hidden />
          </button>
        )}
      </div>
      {note && <p className="outline-note">{note}</p>}
      <Ways node={node} {...props} />
    </li>
  );
}

/** What hangs on a module: its error handler and its ways out. */
function Ways({ node, ...props }: OutlineProps & { node: Node }) {
  const { add, readOnly, labels } = useBuilder();
  const { t } = useText();
  const handler = handlerOf(node);
  const fallback = fallbackOf(node);
  const words = (route: Route, i: number) =>
    [
      typeof route.label === 'string' && route.label ? route.label : t('builder.routes.route', { n: String(i + 1) }),
      fallback === i ? t('canvas.fallback') : '',
      route.disabled === true ? t('canvas.off') : '',
    ]
      .filter(Boolean)
      .join(' · ');
  return (
    <>
      {handler.length > 0 && (
        <section className="outline-ways error">
          <p className="outline-way">{t('canvas.on-error')}</p>
          <Row {...props} flow={handler} lane={{ of: 'error', node: node.id }} />
        </section>
      )}
      {[...routesOf(node), ...branchesOf(node)].map((route, index) => (
        <Fragment key={index}>
          <section className="outline-ways">
            <p className="outline-way">{words(route, index)}</p>
            <Row {...props} flow={route.flow} lane={{ of: 'route', node: node.id, index }} />
          </section>
        </Fragment>
      ))}
      {isRouter(node) && !readOnly && !isDirective(node) && (
        <button
          type="button"
          className="outline-add"
          aria-label={t('builder.outline.add-route', { module: labels.full(node) })}
          onClick={() => add({ at: 'route', module: node.id })}
        >
          <Plus aria-hidden /> {t('builder.routes.add')}
        </button>
      )}
    </>
  );
}
