// The rows of the list that are seen, and a few around them: the page never holds all.
import { useComputed, useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { formatCount } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { place, shownRequest } from "../router.ts";
import type { Summary } from "../types.ts";
import { listColumns, type Width } from "./columns.tsx";
import { hasOlder, loadOlder, rows } from "./journal.ts";
import { current, findTop } from "./moving.ts";
import { Row } from "./row.tsx";
import { findIndex, findPlace } from "./rows.ts";
import { filter, shown } from "./shown.ts";
import { findSlice, reveal, type Anchor } from "./window.ts";

export const HEADER = 28;
export const ROW_HEIGHT: Record<Width, number> = { narrow: 48, medium: 30, wide: 30 };

/** Where the list is scrolled to, and what can be asked of it. */
export interface Scroll {
  /** How many rows are seen at once. */
  page: number;
  /** Scroll so that the row of this index is seen, and give it the focus. */
  focus: (index: number) => void;
  toTop: () => void;
}

interface Props {
  width: Width;
  showsSession: boolean;
  scroll: RefObject<Scroll>;
}

export function Table({ width, showsSession, scroll }: Props): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const anchor = useSignal<Anchor | null>(null);
  const seen = useHeight(element);
  const wantsFocus = useSignal(false);
  // Read here, so that the effect below runs when it changes.
  wantsFocus.value;
  const columns = useMemo(() => listColumns(width, showsSession), [width, showsSession]);
  const rowHeight = ROW_HEIGHT[width];
  const list = shown.value;
  const count = list.length;
  const most = Math.max(0, count * rowHeight - seen);
  const top = anchor.value ? Math.min(most, findTop(list, anchor.value.number) * rowHeight + anchor.value.offset) : 0;
  const { from, to } = findSlice(top, seen, rowHeight, count);

  const settle = (wanted: number): void => {
    const index = Math.floor(wanted / rowHeight);
    const row = list[count - 1 - index];
    anchor.value = wanted < 1 || !row ? null : { number: row.number, offset: wanted - index * rowHeight };
  };
  scroll.current = {
    page: Math.max(1, Math.floor(seen / rowHeight) - 1),
    focus: (index) => {
      wantsFocus.value = true;
      settle(reveal(index, top, seen, rowHeight));
    },
    toTop: () => settle(0),
  };
  useLayoutEffect(() => {
    const box = element.current;
    if (box && Math.abs(box.scrollTop - top) >= 1) box.scrollTop = top;
    if (wantsFocus.value) {
      box?.querySelector<HTMLElement>(`[data-row="${current.value}"]`)?.focus({ preventScroll: true });
      wantsFocus.value = false;
    }
  });
  // Another filter shows other rows: the list begins at its top.
  useEffect(() => {
    anchor.value = null;
  }, [filter.value]);
  const seenNewest = useRef(0);
  if (anchor.value === null) seenNewest.current = rows.newest;
  const news = count - findPlace(list, seenNewest.current + 1);
  const needsMore = to >= count && hasOlder.value;
  useEffect(() => {
    if (needsMore) void loadOlder();
  }, [needsMore, count]);

  return (
    <>
      {news > 0 && <NewsButton count={news} onPress={() => settle(0)} />}
      <div class="list-scroll" ref={element} onScroll={(event) => settle(event.currentTarget.scrollTop)}>
        <div role="grid" aria-label="Requests, newest first" aria-rowcount={count + 1} aria-colcount={columns.length} class="grid">
          <div role="row" aria-rowindex={1} class="row-head">
            {columns.map(({ name, title }) => (
              <div role="columnheader" class={`cell cell-${name}`} key={name}>
                {title}
              </div>
            ))}
          </div>
          <div role="rowgroup" class="list-space" style={{ height: `${count * rowHeight}px` }}>
            <Rows list={list} from={from} to={to} columns={columns} rowHeight={rowHeight} top={top} />
          </div>
        </div>
      </div>
    </>
  );
}

/** Leads to what has come since the list was scrolled down. */
function NewsButton({ count, onPress }: { count: number; onPress: () => void }): JSX.Element {
  return (
    <button type="button" class="button button-main to-top" onClick={onPress}>
      <Icon name="up" />
      {formatCount(count)} new
    </button>
  );
}

interface RowsProps {
  list: readonly Summary[];
  from: number;
  to: number;
  columns: ReturnType<typeof listColumns>;
  rowHeight: number;
  top: number;
}

function Rows({ list, from, to, columns, rowHeight, top }: RowsProps): JSX.Element {
  const chosen = useComputed(() => current.value ?? shownRequest.value);
  const query = useComputed(() => place.value.query.toString());
  const count = list.length;
  const isListed = chosen.value !== null && findIndex(list, chosen.value) >= 0;
  const first = list[count - 1 - Math.ceil(top / rowHeight)];
  const tabStop = isListed ? chosen.value : first?.number;
  const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
  // The row that has the focus stays in the page, else the focus would be lost when it is scrolled out.
  const own = isListed && chosen.value !== null ? findTop(list, chosen.value) : -1;
  if (own >= 0 && (own < from || own >= to)) indexes.push(own);
  return (
    <>
      {indexes.map((index) => {
        const row = list[count - 1 - index];
        if (!row) return null;
        return (
          <Row
            key={row.number}
            row={row}
            columns={columns}
            index={index}
            top={index * rowHeight}
            height={rowHeight}
            isShown={row.number === shownRequest.value}
            isTabStop={row.number === tabStop}
            query={query.value}
            retriedBy={rows.retryOf(row.number)}
            isChainEnd={list[count - index]?.retry_of === row.number}
            isChained={row.retry_of !== null && list[count - 2 - index]?.number === row.retry_of}
          />
        );
      })}
    </>
  );
}

/** The height in which rows are seen. */
function useHeight(element: RefObject<HTMLDivElement | null>): number {
  const height = useSignal(Math.max(0, innerHeight - 100));
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(() => (height.value = Math.max(0, box.clientHeight - HEADER)));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return height.value;
}
