import { MiniMap, Panel, useReactFlow } from '@xyflow/react';
import { Map as MapIcon, Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { useText } from '../text/text';

/** Zooming, and the small map in its corner. */
export function Controls({ map, onMap }: { map: boolean; onMap: (shown: boolean) => void }) {
  const { t } = useText();
  const flow = useReactFlow();
  return (
    <>
      {map && <MiniMap position="bottom-right" pannable zoomable ariaLabel={t('canvas.map')} nodeBorderRadius={80} />}
      <Panel position="bottom-left" className="canvas-controls">
        <button
          type="button"
          className="icon-button"
          aria-label={t('canvas.zoom-in')}
          onClick={() => void flow.zoomIn()}
        >
          <ZoomIn aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={t('canvas.zoom-out')}
          onClick={() => void flow.zoomOut()}
        >
          <ZoomOut aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={t('canvas.fit')}
          onClick={() => void flow.fitView({ padding: 0.15, maxZoom: 1 })}
        >
          <Maximize aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={t('canvas.map')}
          aria-pressed={map}
          onClick={() => onMap(!map)}
        >
          <MapIcon aria-hidden />
        </button>
      </Panel>
    </>
  );
}
