import { memo, useContext, useState } from 'react';
import { BaseEdge, EdgeLabelRenderer, getBezierPath, Position, type EdgeProps } from '@xyflow/react';
import { Filter as FilterIcon } from 'lucide-react';
import { useText, type Speaker } from '../text/text';
import { CanvasContext } from './context';
import { tile, type LinkData, type LinkEdge } from './graph';

interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

/** The line between two tiles: to the right where the target stands there, else up or down. */
function pathOf({ sourceX, sourceY, targetX, targetY }: Ends) {
  const from = { x: sourceX - tile.radius, y: sourceY };
  const to = { x: targetX + tile.radius, y: targetY };
  if (to.x - from.x > 2 * tile.radius)
    return getBezierPath({
      sourceX: from.x + tile.radius,
      sourceY: from.y,
      sourcePosition: Position.Right,
      targetX: to.x - tile.radius,
      targetY: to.y,
      targetPosition: Position.Left,
    });
  const down = to.y > from.y ? 1 : -1;
  return getBezierPath({
    sourceX: from.x,
    sourceY: from.y + down * tile.radius,
    sourcePosition: down > 0 ? Position.Bottom : Position.Top,
    targetX: to.x,
    targetY: to.y - down * tile.radius,
    targetPosition: down > 0 ? Position.Top : Position.Bottom,
  });
}

/** What stands at a link: the name of its filter, or which way it is. */
function wordsOf({ filter, fallback, off, kind, label }: LinkData, t: Speaker['t']): string {
  const words = [label, filter ? filter.name || t('canvas.filter') : ''];
  if (fallback) words.push(t('canvas.fallback'));
  if (off) words.push(t('canvas.off'));
  if (kind === 'error') words.push(t('canvas.on-error'));
  return words.filter(Boolean).join(' · ');
}

export const LinkLine = memo(function LinkLine(props: EdgeProps<LinkEdge>) {
  const { id, data } = props;
  const { t } = useText();
  const { onLink, onMenu, tabStop } = useContext(CanvasContext);
  const [hovered, setHovered] = useState(false);
  const [path, x, y] = pathOf(props);
  if (!data) return null;
  const words = wordsOf(data, t);
  const { passed } = data;
  const did = passed && t('canvas.passed', { passed: String(passed.passed), filtered: String(passed.filtered) });
  const said = [words, did].filter(Boolean).join(' · ');
  const look = `pipe ${data.kind}${data.chosen ? ' chosen' : ''}${data.off ? ' off' : ''}`;
  return (
    <>
      <g onMouseEnter={() => setHovered(true)} onMouseLeave={() => setHovered(false)}>
        <BaseEdge id={id} path={path} className={look} interactionWidth={24} />
      </g>
      {(data.editable || data.filter || words) && (
        <EdgeLabelRenderer>
          <div className={`pipe-label ${look}`} style={{ left: x, top: y }}>
            {(data.editable || data.filter) && (
              <button
                type="button"
                className={`pipe-button nodrag nopan${data.filter ? ' filtered' : ''}${hovered ? ' near' : ''}`}
                tabIndex={tabStop === data.to ? 0 : -1}
                aria-pressed={data.chosen}
                aria-label={t(data.filter ? 'canvas.link-filter' : 'canvas.link-set-filter', {
                  id: String(data.to),
                  words: said,
                })}
                title={data.filter ? said : t('canvas.set-filter')}
                onClick={() => onLink?.(data.to)}
                onContextMenu={(e) => {
                  if (!onMenu) return;
                  e.preventDefault();
                  onMenu({ link: data.to }, { x: e.clientX, y: e.clientY });
                }}
              >
                <FilterIcon aria-hidden />
              </button>
            )}
            {words && <span className="pipe-words">{words}</span>}
            {did && <span className={`pipe-passed${passed.passed === 0 ? ' none' : ''}`}>{did}</span>}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
