// The focus is wanted for a row that may not be there yet: the list is still read, or a narrow window hides it.
import { isLoaded } from "./journal.ts";

export interface Wish {
  /** The number of the request. */
  row: number;
  /** What had the focus when the row was to get it. */
  before: Element | null;
}

/** Whether nobody has put the focus anywhere: it is on the page, or on a part that got it from what left. */
export function isNowhere(): boolean {
  return document.activeElement?.matches("body, #main, .list") ?? true;
}

/** Give the focus to the row. Returns what is left to wish for: nothing once the row has the focus, when the list has
 * come without it, or when the reader has put the focus elsewhere in the meantime. */
export function giveFocus(list: Element, wish: Wish): Wish | null {
  if (document.activeElement !== wish.before && !isNowhere()) return null;
  // A row that was just hidden may have the focus still, and is about to lose it.
  if (list.clientHeight === 0) return wish;
  const row = list.querySelector<HTMLElement>(`[data-row="${wish.row}"]`);
  row?.focus({ preventScroll: true });
  const isOver = row ? document.activeElement === row : isLoaded.peek();
  return isOver ? null : wish;
}
