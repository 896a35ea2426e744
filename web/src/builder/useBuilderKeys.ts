import { spots } from '../blueprint/tree';
import { actionsOf, removeChosen } from './actions';
import type { BuilderValue } from './builder';
import { useKeys } from './useKeys';

interface Deeds {
  undo: () => void;
  redo: () => void;
  save: () => void;
  run: () => void;
  align: () => void;
  help: () => void;
  view: () => void;
  escape: () => void;
}

/** The module that has the focus: keys mean it where nothing is selected. */
function focused(): number | undefined {
  const module = document.activeElement instanceof HTMLElement ? Number(document.activeElement.dataset.module) : 0;
  return module || undefined;
}

/** The keys of the builder, as the help lists them. */
export function useBuilderKeys(b: BuilderValue, deeds: Deeds) {
  const one = b.selection[0];
  const last = b.selection.at(-1);
  const can = !b.readOnly;
  const letter = (keys: string) => () => {
    const module = one ?? focused();
    if (module === undefined) {
      if (keys === 'A' && b.blueprint.flow.length === 0) b.add({ at: 'first' });
      return;
    }
    actionsOf(b, { module })
      .find((a) => a.keys === keys)
      ?.do();
  };
  useKeys({
    'Ctrl+s': can ? deeds.save : undefined,
    'Ctrl+Enter': deeds.run,
    'Ctrl+z': can ? deeds.undo : undefined,
    'Ctrl+y': can ? deeds.redo : undefined,
    'Ctrl+Shift+z': can ? deeds.redo : undefined,
    'Ctrl+c': b.selection.length > 0 ? () => b.copy(b.selection) : undefined,
    'Ctrl+v': can ? () => b.paste(last) : undefined,
    'Ctrl+a': () => b.select(spots(b.blueprint).map((s) => s.node.id)),
    a: can ? letter('A') : undefined,
    r: can ? letter('R') : undefined,
    e: can ? letter('E') : undefined,
    f: () => {
      const module = one ?? focused();
      if (module !== undefined) b.selectLink(module);
    },
    l: can ? deeds.align : undefined,
    o: deeds.view,
    '?': deeds.help,
    Escape: deeds.escape,
    Delete: can && one !== undefined ? () => removeChosen(b, b.selection) : undefined,
    Backspace: can && one !== undefined ? () => removeChosen(b, b.selection) : undefined,
  });
}
