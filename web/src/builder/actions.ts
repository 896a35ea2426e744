import { canShift, detach, removeAll, removeBehind, setDisabled, shift } from '../blueprint/edits';
import { branchesOf, endsLane, find, isDirective, isFirst } from '../blueprint/tree';
import type { Point } from '../blueprint/place';
import type { Target } from '../canvas/FlowCanvas';
import type { Key } from '../text/text';
import type { BuilderValue } from './builder';

/** One thing that can be done with what was pointed at. */
export interface Action {
  text: Key;
  keys?: string;
  danger?: boolean;
  do: () => void;
}

/** Removes modules, and selects what stood before the first of them. */
export function removeChosen(b: BuilderValue, ids: number[], how: 'close' | 'behind' = 'close') {
  const spot = find(b.blueprint, ids[0]);
  const before = spot && (spot.flow[spot.index - 1]?.id ?? spot.parent?.node.id ?? spot.flow[spot.index + 1]?.id);
  b.edit((x) => (how === 'behind' && ids[0] !== undefined ? removeBehind(x, ids[0]) : removeAll(x, ids)));
  b.select(before !== undefined && !ids.includes(before) ? [before] : []);
}

function moduleActions(b: BuilderValue, id: number): Action[] {
  const spot = find(b.blueprint, id);
  if (!spot) return [];
  const { node, flow, index } = spot;
  const several = b.selection.length > 1 && b.selection.includes(id) ? b.selection : [id];
  const list: (Action | false)[] = [
    !isDirective(node) &&
      branchesOf(node).length === 0 && {
        text: flow[index + 1] ? 'builder.add-between' : 'builder.add',
        keys: 'A',
        do: () => b.add({ at: flow[index + 1] ? 'between' : 'behind', module: id }),
      },
    flow[index + 1] !== undefined && {
      text: 'builder.add-route',
      keys: 'R',
      do: () => b.add({ at: 'behind', module: id }),
    },
    !endsLane(node) && { text: 'builder.add-handler', keys: 'E', do: () => b.add({ at: 'error', module: id }) },
    isFirst(spot) && { text: 'builder.add-trigger', do: () => b.add({ at: 'first' }) },
    { text: 'builder.replace', do: () => b.add({ at: 'replace', module: id }) },
    { text: 'common.copy', keys: 'Ctrl C', do: () => b.copy(several) },
    { text: 'builder.paste', keys: 'Ctrl V', do: () => b.paste(id) },
    canShift(spot, -1) && { text: 'builder.earlier', keys: 'Alt ↑', do: () => b.edit((x) => shift(x, id, -1)) },
    canShift(spot, 1) && { text: 'builder.later', keys: 'Alt ↓', do: () => b.edit((x) => shift(x, id, 1)) },
    {
      text: node.disabled === true ? 'builder.enable' : 'builder.disable',
      do: () => b.edit((x) => setDisabled(x, id, node.disabled !== true)),
    },
    { text: 'common.delete', keys: 'Del', danger: true, do: () => removeChosen(b, several) },
    flow[index + 1] !== undefined && {
      text: 'builder.delete-behind',
      danger: true,
      do: () => removeChosen(b, [id], 'behind'),
    },
  ];
  return list.filter((a) => a !== false);
}

function linkActions(b: BuilderValue, to: number): Action[] {
  const spot = find(b.blueprint, to);
  if (!spot) return [];
  const before = spot.flow[spot.index - 1];
  const list: (Action | false)[] = [
    { text: 'canvas.set-filter', keys: 'F', do: () => b.selectLink(to) },
    before !== undefined && {
      text: 'builder.add-between',
      do: () => b.add({ at: 'between', module: before.id }),
    },
    { text: 'builder.cut', do: () => b.edit((x) => detach(x, to)) },
  ];
  return list.filter((a) => a !== false);
}

function groundActions(b: BuilderValue, point: Point): Action[] {
  if (b.blueprint.flow.length === 0)
    return [
      { text: 'builder.add', do: () => b.add({ at: 'first' }) },
      { text: 'builder.paste', keys: 'Ctrl V', do: () => b.paste(undefined) },
    ];
  return [
    { text: 'builder.add-loose', do: () => b.add({ at: 'loose', point }) },
    { text: 'builder.paste', keys: 'Ctrl V', do: () => b.paste(undefined) },
  ];
}

export function actionsOf(b: BuilderValue, target: Target): Action[] {
  if ('module' in target) return moduleActions(b, target.module);
  if ('link' in target) return linkActions(b, target.link);
  return groundActions(b, target.ground);
}
