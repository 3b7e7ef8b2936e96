// Which rows of a long list are in the page. The place in the list is a request, not a number of pixels: so it stays
// when others come above it.

/** The request at the top of what is seen, and how far it is scrolled out; null: the list is at its top. */
export interface Anchor {
  number: number;
  offset: number;
}

export interface Slice {
  /** The first row in the page, and the one behind the last. */
  from: number;
  to: number;
}

/** Rows beyond what is seen, so that scrolling does not show gaps. */
const MARGIN = 8;

export function findSlice(top: number, height: number, rowHeight: number, count: number): Slice {
  const first = Math.floor(top / rowHeight) - MARGIN;
  const last = Math.ceil((top + height) / rowHeight) + MARGIN;
  return { from: Math.min(Math.max(0, first), count), to: Math.max(0, Math.min(count, last)) };
}

/** How far to scroll for a row to be seen whole, from where it is now. */
export function reveal(index: number, top: number, height: number, rowHeight: number): number {
  const start = index * rowHeight;
  if (start < top) return start;
  return Math.max(top, start + rowHeight - height);
}
