// Where the list is scrolled to. It holds on to a request, so it stays in place when others come above.
import { useSignal, type Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { shownRequest } from "../router.ts";
import type { Summary } from "../types.ts";
import { hasOlder, isLoaded, isLoading, loadOlder, rows, trouble } from "./journal.ts";
import { current, findTop } from "./moving.ts";
import { findIndex, findPlace } from "./rows.ts";
import { filter } from "./shown.ts";
import { findSlice, reveal, type Anchor, type Slice } from "./window.ts";

/** The height of the heads of the columns, which stay on top. */
const HEAD = 28;
/** Older requests are loaded when fewer rows than this are left below. */
const AHEAD = 100;

/** What can be asked of the list. */
export interface Scroll {
  /** How many rows a page has. */
  page: number;
  /** Scroll so that the row of this index is seen, and give it the focus. */
  focus: (index: number) => void;
}

interface Options {
  list: readonly Summary[];
  rowHeight: number;
  element: RefObject<HTMLDivElement | null>;
  scroll: RefObject<Scroll>;
}

interface Scrolling extends Slice {
  /** In pixels, from the top of the first row. */
  top: number;
  /** How many rows came above since the list left its top. */
  news: number;
  /** Take where the reader scrolled to. */
  onScroll: (event: { currentTarget: HTMLElement }) => void;
  toTop: () => void;
}

export function useScrolling({ list, rowHeight, element, scroll }: Options): Scrolling {
  const anchor = useSignal<Anchor | null>(null);
  const seen = useHeight(element);
  const wantsFocus = useSignal(false);
  const top = findOffset(anchor.value, list, rowHeight, seen);
  const settle = (wanted: number): void => {
    const index = Math.floor(wanted / rowHeight);
    const row = list[list.length - 1 - index];
    anchor.value = wanted < 1 || !row ? null : { number: row.number, offset: wanted - index * rowHeight };
  };
  scroll.current = {
    page: Math.max(1, Math.floor(seen / rowHeight) - 1),
    focus: (index) => {
      wantsFocus.value = true;
      settle(reveal(index, top, seen, rowHeight));
    },
  };
  const known = usePosition(element, top, wantsFocus);
  const onScroll: Scrolling["onScroll"] = ({ currentTarget }) => {
    known.current = currentTarget.scrollTop;
    settle(known.current);
  };
  // Another filter shows other rows: the list begins at its top.
  useEffect(() => {
    anchor.value = null;
  }, [filter.value]);
  // The request that is shown is in sight, also when a link led to it, or when rows have become higher beside it.
  useEffect(() => {
    const number = shownRequest.value;
    if (number !== null && findIndex(list, number) >= 0) settle(reveal(findTop(list, number), top, seen, rowHeight));
  }, [shownRequest.value, isLoaded.value, rowHeight]);
  const news = useNews(list, anchor.value === null);
  return { top, news, onScroll, toTop: () => settle(0), ...findSlice(top, seen, rowHeight, list.length) };
}

function findOffset(anchor: Anchor | null, list: readonly Summary[], rowHeight: number, seen: number): number {
  const most = Math.max(0, list.length * rowHeight - seen);
  return anchor ? Math.min(most, findTop(list, anchor.number) * rowHeight + anchor.offset) : 0;
}

/** Scroll, and give the focus, once the rows are in the page. Returns how far the list is known to be scrolled. */
function usePosition(element: RefObject<HTMLDivElement | null>, top: number, wantsFocus: Signal<boolean>): { current: number } {
  const known = useRef(0);
  // Read while it is rendered, so that it is rendered again, and the effect runs, when it changes.
  const takesFocus = wantsFocus.value;
  useLayoutEffect(() => {
    const box = element.current;
    // The reader may have scrolled further than is known yet: so it is moved, not set.
    if (box && Math.abs(top - known.current) >= 1) box.scrollTop += top - known.current;
    known.current = top;
    if (!takesFocus) return;
    box?.querySelector<HTMLElement>(`[data-row="${current.value}"]`)?.focus({ preventScroll: true });
    wantsFocus.value = false;
  });
  return known;
}

function useNews(list: readonly Summary[], isAtTop: boolean): number {
  const newest = useRef(0);
  if (isAtTop) newest.current = rows.newest;
  return list.length - findPlace(list, newest.current + 1);
}

/** Load older requests when the end of the list is near, or when too few of those that are loaded pass the filter. */
export function useOlder(list: readonly Summary[], to: number): void {
  const needsMore = to + AHEAD >= list.length && hasOlder.value && !isLoading.value && trouble.value === null;
  useEffect(() => {
    if (needsMore) void loadOlder();
  }, [needsMore, list]);
}

/** The height in which rows are seen. */
function useHeight(element: RefObject<HTMLDivElement | null>): number {
  const height = useSignal(Math.max(0, innerHeight - 100));
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(() => (height.value = Math.max(0, box.clientHeight - HEAD)));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return height.value;
}
