import { createContext } from 'react';
import type { Point } from '../blueprint/place';
import type { Target } from './graph';
import type { Labels } from './labels';

/** What tiles and links need of the canvas that they stand on. */
export interface CanvasValue {
  labels: Labels;
  /** The module that Tab leads to. */
  tabStop: number | undefined;
  onBubble?: (module: number) => void;
  onAdd?: (after: number) => void;
  onLink?: (to: number) => void;
  onMenu?: (target: Target, at: Point) => void;
}

const nothing: Labels = {
  look: () => undefined,
  app: (m) => m,
  module: (m) => m,
  title: (n) => n.module,
  full: (n) => n.module,
  kind: () => '',
  known: () => true,
};

export const CanvasContext = createContext<CanvasValue>({ labels: nothing, tabStop: undefined });
