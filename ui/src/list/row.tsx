// A row of the list. It is at a fixed place, so that nothing shifts when others come.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Summary } from "../types.ts";
import type { Column } from "./columns.tsx";

interface Props {
  row: Summary;
  columns: readonly Column[];
  /** From the top, where the newest is 0. */
  index: number;
  top: number;
  height: number;
  isShown: boolean;
  /** Whether Tab leads to it. */
  isTabStop: boolean;
  retriedBy: number | undefined;
  /** Whether the row below is the request that this one repeats. */
  isChained: boolean;
  /** Whether the row above repeats it. */
  isChainEnd: boolean;
}

export function Row(props: Props): JSX.Element {
  const { row, columns, index, top, height, isShown, isTabStop, retriedBy, isChained, isChainEnd } = props;
  const cells = useMemo(() => makeCells(row, columns, retriedBy, isTabStop), [row, columns, retriedBy, isTabStop]);
  const marks = [isShown && "is-shown", isTabStop && "is-current", isChained && "is-chained", isChainEnd && "is-chain-end"];
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isShown}
      class={["row", ...marks].filter(Boolean).join(" ")}
      style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
    >
      {cells}
    </div>
  );
}

function makeCells(
  row: Summary,
  columns: readonly Column[],
  retriedBy: number | undefined,
  isTabStop: boolean,
): JSX.Element[] {
  return columns.map(({ name, Cell }) => (
    <div role={name === "number" ? "rowheader" : "gridcell"} class={`cell cell-${name}`} key={name}>
      <Cell row={row} retriedBy={retriedBy} tabIndex={isTabStop ? 0 : -1} />
    </div>
  ));
}
