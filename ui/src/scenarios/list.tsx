// The scenarios in the order they are tried. Only the rows that are seen are in the page.
import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { findSlice, reveal as revealRow } from "../list/window.ts";
import { formatCount } from "../parts/format.ts";
import { go } from "../router.ts";
import type { Scenario } from "../types.ts";
import { keyOf, linkTo, NEW } from "./addresses.ts";
import { edited } from "./drafts.ts";
import { failure, filter, rows, shownRows } from "./state.ts";
import { countOf, describeScope, describeUse, describeWhen } from "./words.ts";

// As in scenarios.css.
const ROW = 50;

export function ScenarioList({ selected }: { selected: string }): JSX.Element {
  const found = shownRows.value;
  return (
    <section class="scenarios-list" aria-label="Scenarios">
      <div class="scenarios-tools">
        <input
          type="search"
          class="input scenarios-filter"
          placeholder="Filter"
          aria-label="Filter scenarios by name, condition, place or session"
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
        />
        <a class="button" href={NEW} aria-current={selected === NEW ? "page" : undefined}>
          New
        </a>
      </div>
      <Rows found={found} selected={selected} />
      <p class="scenarios-count" role="status">
        {describeCount(found.length)}
      </p>
    </section>
  );
}

function describeCount(found: number): string {
  if (failure.value !== null) return failure.value;
  if (rows.value === null) return "Loading …";
  const total = rows.value.length;
  if (found !== total) return `${formatCount(found)} of ${countOf(total, "scenario", "scenarios")}`;
  return total
    ? `${countOf(total, "scenario", "scenarios")}, in the order they are tried`
    : "There are no scenarios yet.";
}

function Rows({ found, selected }: { found: Scenario[]; selected: string }): JSX.Element {
  const current = useMemo(() => found.findIndex((row) => keyOf(row) === selected), [found, selected]);
  const { box, scrolled, height, reveal } = useScrolling();
  const { tabbed, move } = useWalking(box, reveal, found.length, current);
  const { from: first, to: end } = findSlice(scrolled.value, height.value, ROW, found.length);
  useEffect(() => reveal(current), [selected, found.length > 0]);
  return (
    <div
      class="scenarios-rows"
      ref={box}
      onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)}
      onKeyDown={move}
    >
      <ol style={{ height: `${found.length * ROW}px` }} aria-label="Scenarios in the order they are tried">
        {found.slice(first, end).map((row, offset) => (
          <Row
            key={first + offset}
            row={row}
            index={first + offset}
            total={found.length}
            isCurrent={first + offset === current}
            isTabbed={first + offset === tabbed}
          />
        ))}
      </ol>
    </div>
  );
}

interface Scrolling {
  box: { current: HTMLDivElement | null };
  scrolled: Signal<number>;
  height: Signal<number>;
  reveal: (index: number) => void;
}

/** How far the list is scrolled, and how much of it is seen. */
function useScrolling(): Scrolling {
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, height] = [useSignal(0), useSignal(800)];
  useLayoutEffect(() => {
    const measure = new ResizeObserver(() => (height.value = box.current?.clientHeight ?? 0));
    if (box.current) measure.observe(box.current);
    return () => measure.disconnect();
  }, []);
  const reveal = (index: number): void => {
    if (!box.current || index < 0) return;
    box.current.scrollTop = revealRow(index, box.current.scrollTop, box.current.clientHeight, ROW);
    scrolled.value = box.current.scrollTop;
  };
  return { box, scrolled, height, reveal };
}

/** Arrow keys lead from row to row; Tab comes to one of them alone. */
function useWalking(
  box: Scrolling["box"],
  reveal: (index: number) => void,
  total: number,
  current: number,
): { tabbed: number; move: (event: KeyboardEvent) => void } {
  const active = useSignal(-1);
  const isWanted = useRef(false);
  const tabbed = active.value >= 0 && active.value < total ? active.value : Math.max(current, 0);
  // Keys may come faster than rows are drawn: the last one counts, once its row is there.
  useLayoutEffect(() => {
    const row = isWanted.current && box.current?.querySelector<HTMLElement>(`[data-index="${active.value}"]`);
    if (!row) return;
    row.focus({ preventScroll: true });
    isWanted.current = false;
  });
  const move = (event: KeyboardEvent): void => {
    const to = step(event.key, tabbed, total);
    if (to === null) return;
    event.preventDefault();
    isWanted.current = true;
    reveal(to);
    active.value = to;
  };
  return { tabbed, move };
}

/** Where a key leads from a row. */
function step(key: string, from: number, total: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: 10,
    PageUp: -10,
    Home: -total,
    End: total,
  };
  const by = steps[key];
  return by === undefined || !total ? null : Math.max(0, Math.min(total - 1, from + by));
}

interface RowProps {
  row: Scenario;
  index: number;
  total: number;
  isCurrent: boolean;
  isTabbed: boolean;
}

function Row({ row, index, total, isCurrent, isTabbed }: RowProps): JSX.Element {
  const to = linkTo(row);
  return (
    <li style={{ top: `${index * ROW}px` }} aria-setsize={total} aria-posinset={index + 1}>
      <a
        class="scenarios-row"
        href={to}
        data-index={index}
        tabIndex={isTabbed ? 0 : -1}
        aria-current={isCurrent ? "true" : undefined}
        onKeyDown={(event) => event.key === " " && (event.preventDefault(), go(to))}
      >
        <span class="scenarios-name">{row.name}</span>
        <span class="scenarios-marks">
          {edited.value.has(to) && <span class="scenarios-edited">not saved</span>}
          <span class={`scenarios-scope scenarios-${row.scope}`}>{describeScope(row)}</span>
          <span class="scenarios-use">{describeUse(row)}</span>
        </span>
        <span class="scenarios-when">{describeWhen(row.when)}</span>
        <span class="scenarios-place">{row.scope === "file" && shorten(row.place)}</span>
      </a>
    </li>
  );
}

/** The file and line; the folder and the column are seldom of use. */
function shorten(place: string | null): string {
  return place?.replace(/^.*\//, "").replace(/(:\d+):\d+$/, "$1") ?? "";
}
