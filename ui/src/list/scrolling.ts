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
import { giveFocus, type Wish } from "./wish.ts";

/** The height of the heads of the columns, which stay on top. */
const HEAD = 28;
/** Older requests are loaded when fewer rows than this are left below. */
const AHEAD = 100;

/** What can be asked of the list. */
export interface Scroll {
  /** How many rows a page has. */
  page: number;
  /** Scroll so that the row of this index is seen, and give the focus to the current one: at once, or when it comes. */
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
  const { seen, isSeen } = useHeight(element);
  const wish = useSignal<Wish | null>(null);
  const top = findOffset(anchor.value, list, rowHeight, seen);
  const settle = (wanted: number): void => {
    const index = Math.floor(wanted / rowHeight);
    const row = list[list.length - 1 - index];
    anchor.value = wanted < 1 || !row ? null : { number: row.number, offset: wanted - index * rowHeight };
  };
  scroll.current = {
    page: Math.max(1, Math.floor(seen / rowHeight) - 1),
    focus: (index) => {
      wish.value = current.value === null ? null : { row: current.value, before: document.activeElement };
      settle(reveal(index, top, seen, rowHeight));
    },
  };
  // Read before the focus is given, which ends the wish.
  const sought = shownRequest.value ?? wish.value?.row ?? null;
  const known = usePosition({ element, top, isSeen, wish });
  const onScroll: Scrolling["onScroll"] = ({ currentTarget }) => {
    known.current = currentTarget.scrollTop;
    settle(known.current);
  };
  // Another filter shows other rows: the list begins at its top.
  useEffect(() => {
    anchor.value = null;
  }, [filter.value]);
  // The request that is shown is in sight, also when a link led to it, or when rows have become higher beside it; and so
  // is the one whose row waited for the focus.
  useEffect(() => {
    if (sought !== null && findIndex(list, sought) >= 0) settle(reveal(findTop(list, sought), top, seen, rowHeight));
  }, [shownRequest.value, isLoaded.value, isSeen, rowHeight]);
  const news = useNews(list, anchor.value === null);
  return { top, news, onScroll, toTop: () => settle(0), ...findSlice(top, seen, rowHeight, list.length) };
}

function findOffset(anchor: Anchor | null, list: readonly Summary[], rowHeight: number, seen: number): number {
  const most = Math.max(0, list.length * rowHeight - seen);
  return anchor ? Math.min(most, findTop(list, anchor.number) * rowHeight + anchor.offset) : 0;
}

interface Position {
  element: RefObject<HTMLDivElement | null>;
  top: number;
  isSeen: boolean;
  wish: Signal<Wish | null>;
}

/** Scroll, and give the focus, once the rows are seen. Returns how far the list is known to be scrolled. */
function usePosition({ element, top, isSeen, wish }: Position): { current: number } {
  const known = useRef(0);
  const wasSeen = useRef(false);
  // Read while it is rendered, so that it is rendered again, and the effect runs, when it changes.
  const wanted = wish.value;
  useLayoutEffect(() => {
    const box = element.current;
    // What a narrow window hides can neither be scrolled nor have the focus: both wait until it is seen.
    const wasHidden = !wasSeen.current;
    wasSeen.current = isSeen;
    if (!box || !isSeen) return;
    if (wasHidden) known.current = box.scrollTop;
    // The reader may have scrolled further than is known yet: so it is moved, not set.
    if (Math.abs(top - known.current) >= 1) box.scrollTop += top - known.current;
    known.current = top;
    if (wanted) wish.value = giveFocus(box, wanted);
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

/** The height in which rows are seen, the last one while a narrow window hides them; before it is known, a guess. */
function useHeight(element: RefObject<HTMLDivElement | null>): { seen: number; isSeen: boolean } {
  const height = useSignal(Math.max(0, innerHeight - 100));
  const isSeen = useSignal(false);
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(() => {
      isSeen.value = box.clientHeight > 0;
      if (isSeen.value) height.value = Math.max(0, box.clientHeight - HEAD);
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return { seen: height.value, isSeen: isSeen.value };
}
