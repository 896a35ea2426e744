import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { dropRoute, fallbackOf, setFallback, setRouteDisabled, shiftRoute } from '../blueprint/edits';
import { routesOf } from '../blueprint/tree';
import type { Filter, Node } from '../blueprint/types';
import { Button } from '../parts/basics';
import { useText } from '../text/text';
import { useBuilder } from './builder';

/** The ways out of a router, in the order in which they run. */
export function RoutesSection({ node }: { node: Node }) {
  const { add, readOnly } = useBuilder();
  const { t } = useText();
  return (
    <section className="stack">
      <p className="help">{t('builder.routes.help')}</p>
      <ol className="routes">
        {routesOf(node).map((_, i) => (
          <RouteRow key={i} node={node} index={i} />
        ))}
      </ol>
      {!readOnly && (
        <Button icon={<Plus aria-hidden />} onClick={() => add({ at: 'route', module: node.id })}>
          {t('builder.routes.add')}
        </Button>
      )}
    </section>
  );
}

function RouteRow({ node, index }: { node: Node; index: number }) {
  const { edit, labels, readOnly, selectLink } = useBuilder();
  const { t } = useText();
  const routes = routesOf(node);
  const route = routes[index];
  const head = route?.flow[0];
  const filter = head?.filter as Filter | null | undefined;
  const n = String(index + 1);
  const isFallback = fallbackOf(node) === index;
  return (
    <li className="route card">
      <div className="row spread">
        <span className="label">
          {t('builder.routes.route', { n })} {head && <span className="soft">{labels.full(head)}</span>}
        </span>
        {!readOnly && (
          <span className="row close">
            <button
              type="button"
              className="icon-button"
              aria-label={t('builder.routes.earlier', { n })}
              disabled={index === 0}
              onClick={() => edit((b) => shiftRoute(b, node.id, index, -1))}
            >
              <ArrowUp aria-hidden />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={t('builder.routes.later', { n })}
              disabled={index === routes.length - 1}
              onClick={() => edit((b) => shiftRoute(b, node.id, index, 1))}
            >
              <ArrowDown aria-hidden />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={t('builder.routes.delete', { n })}
              onClick={() => edit((b) => dropRoute(b, node.id, index))}
            >
              <Trash2 aria-hidden />
            </button>
          </span>
        )}
      </div>
      {head && (
        <button type="button" className="button" onClick={() => selectLink(head.id)}>
          {filter ? t('builder.routes.filter', { name: filter.name || t('canvas.filter') }) : t('canvas.set-filter')}
        </button>
      )}
      <label className="check">
        <input
          type="checkbox"
          checked={isFallback}
          disabled={readOnly}
          onChange={(e) => edit((b) => setFallback(b, node.id, e.target.checked ? index : undefined))}
        />
        {t('builder.routes.fallback')}
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={route?.disabled === true}
          disabled={readOnly}
          onChange={(e) => edit((b) => setRouteDisabled(b, node.id, index, e.target.checked))}
        />
        {t('builder.routes.off')}
      </label>
    </li>
  );
}
