import type { Viewport } from '@xyflow/react';

export interface Size {
  width: number;
  height: number;
}

/** Where the canvas stood while it had a size. */
interface Stand {
  size: Size;
  view: Viewport;
}

/** Movements of less than this, in pixels, are those of rounding. */
const near = 1;

function isSame(a: Viewport, b: Viewport): boolean {
  return Math.abs(a.x - b.x) < near && Math.abs(a.y - b.y) < near && Math.abs(a.zoom - b.zoom) < 0.001;
}

/** Remembers where the canvas stood before it was moved to keep something in sight, so that it can go back there. */
export class Stands {
  private list: Stand[] = [];
  private placed: Viewport | undefined;

  /** Told where the canvas is before it is moved unasked: where somebody else has moved it since, what was before counts no more. */
  private check(view: Viewport) {
    if (this.placed && !isSame(this.placed, view)) this.list = [];
  }

  /** The canvas becomes smaller: it stands at view, and had this size. */
  leave(size: Size, view: Viewport) {
    this.check(view);
    this.list.push({ size, view });
    this.placed = view;
  }

  /** The canvas stood at before, and was moved to after to keep something in sight. */
  moved(before: Viewport, after: Viewport) {
    this.check(before);
    this.placed = after;
  }

  /** The canvas becomes larger: where it stood when it had that much room; undefined where that is not known, or somebody has moved it. */
  back(size: Size, view: Viewport): Viewport | undefined {
    this.check(view);
    const fits = this.list.findIndex((s) => s.size.width <= size.width && s.size.height <= size.height);
    if (fits < 0) return undefined;
    const to = this.list[fits]?.view;
    this.list.length = fits;
    this.placed = to;
    return to;
  }
}
