import type { History } from '../blueprint/history';
import type { Blueprint } from '../blueprint/types';
import type { Base } from './useEdited';

/** What a page that made a scenario gives to the page of that scenario, so that one goes on where one was. */
export interface Handover {
  id: number;
  base: Base;
  history: History<Blueprint>;
  selection: number[];
  /** The module that was to be run by itself. */
  tried: number | undefined;
  /** Run it once it is there. */
  run: boolean;
}

let waiting: Handover | undefined;

export function handOver(what: Handover) {
  waiting = what;
}

export function handedOver(id: number): Handover | undefined {
  return waiting?.id === id ? waiting : undefined;
}

/** Forgets what was handed over. The page that took it does so: whoever comes back later begins from what is saved by then. */
export function forgetHandover() {
  waiting = undefined;
}
