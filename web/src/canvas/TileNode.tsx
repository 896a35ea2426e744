import { memo, useContext } from 'react';
import { Handle, Position, type NodeProps } from '@xyflow/react';
import { CircleAlert, LoaderCircle, Plus, TriangleAlert } from 'lucide-react';
import { AppPicture } from '../parts/app-picture';
import { appOf } from '../parts/flow';
import { useText } from '../text/text';
import { CanvasContext } from './context';
import type { Bubble, Tile } from './graph';

/** How many operations a module has done; opens what they did. */
function BubbleButton({ module, bubble }: { module: number; bubble: Bubble }) {
  const { t } = useText();
  const { onBubble } = useContext(CanvasContext);
  const words = [t('canvas.operations', { n: bubble.operations })];
  if (bubble.errors > 0) words.push(t('canvas.errors', { n: bubble.errors }));
  return (
    <button
      type="button"
      className={`tile-bubble nodrag${bubble.errors > 0 ? ' bad' : ''}`}
      aria-label={t('canvas.bubble', { what: words.join(', '), id: String(module) })}
      title={words.join(', ')}
      onClick={(e) => {
        e.stopPropagation();
        onBubble?.(module);
      }}
    >
      {bubble.running && <LoaderCircle className="spin" aria-hidden />}
      {bubble.errors > 0 && <CircleAlert aria-hidden />}
      {bubble.operations}
    </button>
  );
}

/** A module: a round tile with its name, and what is to be said of it. */
export const TileNode = memo(function TileNode({ data, selected }: NodeProps<Tile>) {
  const { node, first, open, editable, note, bubble, mark } = data;
  const { t } = useText();
  const { labels, tabStop, onAdd } = useContext(CanvasContext);
  const app = appOf(node.module);
  const title = labels.title(node);
  const Warn = mark?.bad ? CircleAlert : TriangleAlert;
  return (
    <div className={`tile${selected ? ' selected' : ''}${node.disabled === true ? ' off' : ''}`}>
      {!first && <Handle type="target" position={Position.Left} isConnectable={editable} />}
      {note && (
        <p className="tile-note" title={note}>
          {note}
        </p>
      )}
      <button
        type="button"
        className="tile-round"
        data-module={node.id}
        tabIndex={tabStop === node.id ? 0 : -1}
        aria-pressed={selected}
        aria-label={mark ? `${labels.full(node)}. ${mark.text}` : labels.full(node)}
      >
        <AppPicture app={app} look={labels.look(app)} />
      </button>
      {mark && (
        <span className={`tile-mark${mark.bad ? ' bad' : ''}`} title={mark.text}>
          <Warn aria-hidden />
        </span>
      )}
      {bubble && <BubbleButton module={node.id} bubble={bubble} />}
      <span className="tile-name" title={title}>
        {title}
      </span>
      <span className="tile-app">
        {labels.app(node.module)} <span className="tile-id">{node.id}</span>
      </span>
      {editable ? (
        <Handle type="source" position={Position.Right} className={open ? 'tile-plus open' : 'tile-plus'}>
          <button
            type="button"
            tabIndex={-1}
            aria-label={t('canvas.add-after', { name: labels.full(node) })}
            title={t('canvas.add-after', { name: title })}
            onClick={(e) => {
              e.stopPropagation();
              onAdd?.(node.id);
            }}
          >
            <Plus aria-hidden />
          </button>
        </Handle>
      ) : (
        <Handle type="source" position={Position.Right} isConnectable={false} />
      )}
    </div>
  );
});
