// Which rows of a long list are in the page: those that are seen, and some around them.

export interface Window {
  first: number;
  /** Behind the last one. */
  end: number;
}

const AROUND = 8;

export function findWindow(scrolled: number, height: number, rowHeight: number, total: number): Window {
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - AROUND);
  return { first: Math.min(first, total), end: Math.min(total, Math.ceil((scrolled + height) / rowHeight) + AROUND) };
}

/** How far to scroll so that a row is seen whole. */
export function revealRow(index: number, scrolled: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrolled) return top;
  return top + rowHeight > scrolled + height ? top + rowHeight - height : scrolled;
}
