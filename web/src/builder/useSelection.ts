import { useCallback, useState } from 'react';
import type { Tool } from './builder';

/** What is selected: modules, a link, or a tool. The last choice is the one whose panel is open. */
export interface Choice {
  selection: number[];
  link: number | undefined;
  tool: Tool | undefined;
  select: (modules: number[]) => void;
  selectLink: (to: number | undefined) => void;
  openTool: (tool: Tool) => void;
  clear: () => void;
  /** Leaves a module selected where it is the only one that is, and nothing else. */
  leaveOnly: (module: number) => void;
}

export function useSelection(first: number[]): Choice {
  const [state, setState] = useState<Pick<Choice, 'selection' | 'link' | 'tool'>>({
    selection: first,
    link: undefined,
    tool: undefined,
  });
  return {
    ...state,
    select: useCallback(
      (selection: number[]) =>
        setState((s) => {
          const same = selection.length === s.selection.length && selection.every((id, i) => id === s.selection[i]);
          if (same && s.link === undefined && (s.tool === undefined || selection.length === 0)) return s;
          return { selection: same ? s.selection : selection, link: undefined, tool: undefined };
        }),
      [],
    ),
    selectLink: useCallback((link: number | undefined) => setState({ selection: [], link, tool: undefined }), []),
    openTool: useCallback((tool: Tool) => setState((s) => ({ ...s, tool: s.tool === tool ? undefined : tool })), []),
    leaveOnly: useCallback(
      (module: number) =>
        setState((s) => {
          const isIt = s.selection.length === 1 && s.selection[0] === module;
          return { selection: isIt ? s.selection : [], link: undefined, tool: undefined };
        }),
      [],
    ),
    clear: useCallback(
      () => setState((s) => (s.tool ? { ...s, tool: undefined } : { selection: [], link: undefined, tool: undefined })),
      [],
    ),
  };
}
