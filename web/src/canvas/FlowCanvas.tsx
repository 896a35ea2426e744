import { useCallback, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import {
  applyNodeChanges,
  Background,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type NodeChange,
  type OnConnectEnd,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { Plus } from 'lucide-react';
import { drawn } from '../blueprint/layout';
import type { Blueprint } from '../blueprint/types';
import { useText } from '../text/text';
import { CanvasContext, type CanvasValue } from './context';
import { Controls } from './Controls';
import {
  linksOf,
  placed,
  tilesOf,
  type Bubble,
  type Editing,
  type LinkEdge,
  type Mark,
  type Passed,
  type Target,
  type Tile,
} from './graph';
import { useLabels } from './labels';
import { LinkLine } from './LinkLine';
import { neighbour } from './neighbour';
import { TileNode } from './TileNode';
import { useInView } from './useInView';
import { useMotion } from './useMotion';
import { useReadable } from './useReadable';
import './canvas.css';

export type { Bubble, Editing, Mark, Passed, Target } from './graph';

export interface FlowCanvasProps {
  blueprint: Blueprint;
  /** Module that is selected. */
  selected?: number;
  onSelect?: (module: number | undefined) => void;
  /** By module number. */
  bubbles?: Record<number, Bubble>;
  /** What the filters did, by the module behind each. */
  passed?: Record<number, Passed>;
  /** Called when the bubble of a module is clicked. */
  onBubble?: (module: number) => void;
  /** What is wrong, by module number. */
  marks?: Record<number, Mark>;
  /** Several modules that are selected, in place of `selected`. */
  selection?: number[];
  onSelection?: (modules: number[]) => void;
  /** The link that is selected, by the module that it leads to. */
  link?: number;
  onLink?: (to: number) => void;
  /** What can be done here; without it the scenario is only looked at. */
  editing?: Editing;
  /** Shows the whole scenario again whenever this changes. */
  fit?: number;
}

const nodeTypes = { module: TileNode };
const edgeTypes = { link: LinkLine };
/** Larger scenarios show a map of themselves unasked. */
const mapFrom = 12;
/** Of larger scenarios only what can be seen is drawn: making tiles while the canvas moves costs more than having them. */
const drawnAtOnce = 400;
type Click = Pick<MouseEvent, 'clientX' | 'clientY' | 'preventDefault'>;

type Keys = Pick<MouseEvent, 'ctrlKey' | 'metaKey' | 'shiftKey'>;

/** The two ends of a link, by the ids of their tiles. */
type Ends = { source: string | null; target: string | null };

const fitting = { padding: 0.15, maxZoom: 1 };
const pro = { hideAttribution: true };
const none: never[] = [];
const nothing = {};

/** A scenario as a drawing: to be edited, or only looked at. */
export function FlowCanvas(props: FlowCanvasProps) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function useTiles(props: FlowCanvasProps, selection: number[]) {
  const { blueprint, link, bubbles = nothing, passed = nothing, marks = nothing, editing } = props;
  const editable = editing !== undefined;
  const shown = useMemo(
    () => ({ selection, link, bubbles, marks, editable }),
    [selection, link, bubbles, marks, editable],
  );
  const [tiles, setTiles] = useState<Tile[]>(() => tilesOf(blueprint, shown, []));
  const [drawn, setDrawn] = useState({ blueprint, shown });
  if (drawn.blueprint !== blueprint || drawn.shown !== shown) {
    setDrawn({ blueprint, shown });
    setTiles(tilesOf(blueprint, shown, tiles));
  }
  const links = useMemo(() => linksOf(blueprint, link, editable, passed), [blueprint, link, editable, passed]);
  return { tiles, setTiles, links };
}

function Drawing({ blueprint: given, ...rest }: FlowCanvasProps) {
  const blueprint = useMemo(() => drawn(given), [given]);
  const props = { ...rest, blueprint };
  const { selected, onSelect, onSelection, link, onBubble, onLink, editing, fit } = props;
  const { t } = useText();
  const labels = useLabels();
  const box = useRef<HTMLDivElement>(null);
  const { selection: several } = props;
  const selection = useMemo(() => several ?? (selected === undefined ? none : [selected]), [several, selected]);
  const { tiles, setTiles, links } = useTiles(props, selection);
  const [wanted, setMap] = useState<boolean>();
  const map = wanted ?? tiles.length > mapFrom;
  useReadable(box);
  const motion = useMotion(box);
  useInView(box, selection.length === 1 ? selection[0] : undefined, blueprint, fit);

  const select = useCallback(
    (ids: number[]) => {
      onSelection?.(ids);
      onSelect?.(ids.length === 1 ? ids[0] : undefined);
    },
    [onSelection, onSelect],
  );
  // These stay the same functions while something is dragged: else every tile and link is drawn anew with each move of the mouse.
  const changed = useCallback(
    (changes: NodeChange<Tile>[]) => {
      const choices = changes.filter((c) => c.type === 'select');
      if (choices.length > 0) {
        const next = new Set(selection);
        for (const c of choices)
          if (c.selected) next.add(Number(c.id));
          else next.delete(Number(c.id));
        select([...next]);
      }
      const moves = changes.filter((c) => c.type === 'position' || c.type === 'dimensions');
      if (moves.length > 0) setTiles((before) => applyNodeChanges(moves, before).map(placed));
    },
    [selection, select, setTiles],
  );
  const dragging = useDragging(box, editing);
  /** The library leaves a tile alone that is selected already; of several a click means the one. */
  const onNodeClick = useCallback(
    (e: Keys, node: Tile) => {
      const isMore = e.ctrlKey || e.metaKey || e.shiftKey;
      if (!isMore && selection.length > 1 && selection.includes(Number(node.id))) select([Number(node.id)]);
    },
    [selection, select],
  );
  const onPaneClick = useCallback(() => select([]), [select]);
  const menus = useMenus(editing, selection, select);
  const onEdgeClick = useCallback((_: unknown, edge: LinkEdge) => edge.data && onLink?.(edge.data.to), [onLink]);
  const keys = (e: KeyboardEvent) => {
    const module = Number((e.target as HTMLElement).dataset.module);
    const to = module ? neighbour(blueprint, module, e.key) : undefined;
    if (to === undefined) return;
    e.preventDefault();
    select([to]);
    window.requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-module="${to}"]`)?.focus());
  };
  const value = useMemo<CanvasValue>(
    () => ({
      labels,
      tabStop: selection[0] ?? link ?? blueprint.flow[0]?.id,
      onBubble,
      onLink,
      onAdd: editing ? (after) => editing.onAdd(after) : undefined,
      onMenu: editing?.onMenu,
    }),
    [labels, selection, link, blueprint, onBubble, onLink, editing],
  );
  return (
    <CanvasContext value={value}>
      <div ref={box} className="canvas" role="group" aria-label={t('canvas.label')} onKeyDown={keys}>
        <ReactFlow<Tile, LinkEdge>
          nodes={tiles}
          edges={links}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodesChange={changed}
          onNodeClick={onNodeClick}
          onEdgeClick={onEdgeClick}
          {...dragging}
          {...menus}
          onPaneClick={onPaneClick}
          nodesDraggable={editing !== undefined}
          nodesConnectable={editing !== undefined}
          edgesReconnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          connectionRadius={50}
          connectionDragThreshold={6}
          connectOnClick={false}
          onlyRenderVisibleElements={tiles.length > drawnAtOnce}
          onMoveStart={motion.begin}
          onMoveEnd={motion.end}
          zoomOnDoubleClick={false}
          minZoom={0.1}
          maxZoom={1.6}
          fitView
          fitViewOptions={fitting}
          proOptions={pro}
        >
          <Background gap={28} size={1.4} />
          {tiles.length > 0 && <Controls map={map} onMap={setMap} />}
        </ReactFlow>
        {blueprint.flow.length === 0 && <Nothing editing={editing} />}
      </div>
    </CanvasContext>
  );
}

/** What becomes of links and tiles that are dragged. */
function useDragging(box: RefObject<HTMLDivElement | null>, editing: Editing | undefined) {
  const flow = useReactFlow();
  return useMemo(() => {
    const dropped = (moved: Tile[]) => editing?.onMove(new Map(moved.map((n) => [Number(n.id), { ...n.position }])));
    const onConnectEnd: OnConnectEnd = (event, state) => {
      const from = Number(state.fromNode?.id);
      if (state.toNode || !from || !editing) return;
      const point = 'clientX' in event ? event : event.changedTouches[0];
      const away = point && box.current && !(point.target as Element | null)?.closest('.tile');
      if (!point || !away) return;
      const at = flow.screenToFlowPosition({ x: point.clientX, y: point.clientY });
      editing.onAdd(from, { x: at.x - 84, y: at.y - 38 });
    };
    return {
      onNodeDragStop: (_: unknown, __: Tile, moved: Tile[]) => dropped(moved),
      onSelectionDragStop: (_: unknown, moved: Tile[]) => dropped(moved),
      onConnect: ({ source, target }: Ends) => editing?.onConnect(Number(source), Number(target)),
      onConnectEnd,
      isValidConnection: ({ source, target }: Ends) => editing?.canConnect(Number(source), Number(target)) ?? false,
    };
  }, [box, editing, flow]);
}

/** What the right button of the mouse opens. */
function useMenus(editing: Editing | undefined, selection: number[], select: (ids: number[]) => void) {
  const flow = useReactFlow();
  return useMemo(() => {
    if (!editing) return {};
    const open = (e: Click, target: Target) => {
      e.preventDefault();
      editing.onMenu(target, { x: e.clientX, y: e.clientY });
    };
    return {
      onNodeContextMenu: (e: Click, node: Tile) => {
        if (!selection.includes(Number(node.id))) select([Number(node.id)]);
        open(e, { module: Number(node.id) });
      },
      onEdgeContextMenu: (e: Click, edge: LinkEdge) => edge.data && open(e, { link: edge.data.to }),
      onPaneContextMenu: (e: Click) => open(e, { ground: flow.screenToFlowPosition({ x: e.clientX, y: e.clientY }) }),
    };
  }, [editing, selection, select, flow]);
}

/** The canvas of a scenario that has no modules yet. */
function Nothing({ editing }: { editing: Editing | undefined }) {
  const { t } = useText();
  return (
    <div className="canvas-nothing">
      {editing ? (
        <>
          <button
            type="button"
            className="first-plus"
            aria-label={t('canvas.add-first')}
            onClick={() => editing.onAdd(undefined)}
          >
            <Plus aria-hidden />
          </button>
          <p className="canvas-nothing-title">{t('canvas.empty')}</p>
          <p className="soft">{t('canvas.empty.hint')}</p>
        </>
      ) : (
        <p className="soft">{t('canvas.empty.read')}</p>
      )}
    </div>
  );
}
