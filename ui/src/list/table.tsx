// The rows of the list that are seen, and a few around them: the page never holds all.
import { useComputed } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { formatCount } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { shownRequest } from "../router.ts";
import type { Summary } from "../types.ts";
import { listColumns, type Column, type Width } from "./columns.tsx";
import { rows, total } from "./journal.ts";
import { current, findTop } from "./moving.ts";
import { Row } from "./row.tsx";
import { findIndex } from "./rows.ts";
import { useOlder, useScrolling, type Scroll } from "./scrolling.ts";
import { shown, terms } from "./shown.ts";

const ROW_HEIGHT: Record<Width, number> = { narrow: 48, medium: 30, wide: 30 };

interface Props {
  width: Width;
  showsSession: boolean;
  scroll: RefObject<Scroll>;
}

export function Table({ width, showsSession, scroll }: Props): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => listColumns(width, showsSession), [width, showsSession]);
  const rowHeight = ROW_HEIGHT[width];
  const list = shown.value;
  const { top, from, to, news, onScroll, toTop } = useScrolling({ list, rowHeight, element, scroll });
  useOlder(list, to);
  // Those that are not loaded yet count too, unless it is not known how many of them pass the filter.
  const count = terms.value.length ? list.length : Math.max(list.length, total.value);
  return (
    <>
      {news > 0 && <NewsButton count={news} onPress={toTop} />}
      <div class="list-scroll" ref={element} onScroll={onScroll}>
        <div role="grid" aria-label="Requests, newest first" aria-rowcount={count + 1} aria-colcount={columns.length}>
          <Head columns={columns} />
          <div role="rowgroup" class="list-space" style={{ height: `${list.length * rowHeight}px` }}>
            <Rows list={list} from={from} to={to} columns={columns} rowHeight={rowHeight} top={top} />
          </div>
        </div>
      </div>
    </>
  );
}

function Head({ columns }: { columns: readonly Column[] }): JSX.Element {
  return (
    <div role="row" aria-rowindex={1} class="row-head">
      {columns.map(({ name, title }) => (
        <div role="columnheader" class={`cell cell-${name}`} key={name}>
          {title}
        </div>
      ))}
    </div>
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
  columns: readonly Column[];
  rowHeight: number;
  top: number;
}

function Rows({ list, from, to, columns, rowHeight, top }: RowsProps): JSX.Element {
  const chosen = useComputed(() => current.value ?? shownRequest.value);
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
            retriedBy={rows.retryOf(row.number)}
            isChainEnd={list[count - index]?.retry_of === row.number}
            isChained={row.retry_of !== null && list[count - 2 - index]?.number === row.retry_of}
          />
        );
      })}
    </>
  );
}
