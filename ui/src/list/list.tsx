// The list of requests as they come.
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useKeys } from "../frame/keys.ts";
import { tell } from "../frame/status.ts";
import { go, linkToRequest, place, shownRequest } from "../router.ts";
import type { Source } from "../source.ts";
import type { Width } from "./columns.tsx";
import { Empty } from "./empty.tsx";
import { Footer } from "./footer.tsx";
import { rows, trouble } from "./journal.ts";
import { current, findTop, move, type Move } from "./moving.ts";
import type { Scroll } from "./scrolling.ts";
import { search } from "./searching.ts";
import { filter, followAddress, setFilter, shown, texts } from "./shown.ts";
import { Table } from "./table.tsx";
import { Toolbar, togglePause } from "./toolbar.tsx";
import { isNowhere } from "./wish.ts";

/** Keys that move in the list when the focus is in it, or nowhere. */
const MOVES: Record<string, Move> = {
  ArrowDown: "next",
  ArrowUp: "previous",
  Home: "first",
  End: "last",
  PageDown: "page-down",
  PageUp: "page-up",
};

export function RequestList({ source }: { source: Source }): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const scroll = useRef<Scroll>({ page: 1, focus: () => undefined });
  const width = useWidth(box);
  const session = source.session?.value ?? null;
  useAddress();
  useSearch(source);
  useTrouble();
  useListKeys(scroll, input);
  const walk = (event: KeyboardEvent): void => {
    const way = MOVES[event.key];
    if (way === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(scroll, way);
  };
  return (
    <section class="list" aria-label="Requests" ref={box} data-width={width} data-sessions={session === null ? "all" : "one"}>
      <Toolbar input={input} isLive={source.isLive} save={source.export} session={session} onLeave={() => step(scroll, "next")} />
      <div class="list-body" onKeyDown={walk} onFocusIn={remember}>
        <Table width={width} showsSession={session === null} scroll={scroll} />
        <Empty api={source.api ?? null} session={session} />
      </div>
      <Footer />
    </section>
  );
}

/** The keyboard goes on from where the focus is, also when it came there by a click. */
function remember({ target }: Event): void {
  const number = target instanceof HTMLElement ? Number(target.dataset["row"]) : 0;
  if (number) current.value = number;
}

function step(scroll: RefObject<Scroll>, way: Move): void {
  const index = move(way, scroll.current?.page ?? 1);
  if (index !== null) scroll.current?.focus(index);
}

function useListKeys(scroll: RefObject<Scroll>, input: RefObject<HTMLInputElement | null>): void {
  const moves = Object.entries(MOVES).map(([key, way]) => [key, () => isNowhere() && (step(scroll, way), true)] as const);
  useKeys({
    ...Object.fromEntries(moves),
    j: () => step(scroll, "next"),
    k: () => step(scroll, "previous"),
    p: togglePause,
    "/": () => input.current?.select(),
    Escape: () => close(scroll),
  });
}

/** Close the request that is shown, and go back to its row. */
function close(scroll: RefObject<Scroll>): boolean {
  const number = shownRequest.value;
  if (number === null) return false;
  go(linkToRequest(null));
  current.value = number;
  scroll.current?.focus(findTop(shown.value, number));
  return true;
}

/** The filter of the address is that of the list; the filter of the list is put into an address that has none. */
function useAddress(): void {
  useEffect(() => {
    if (filter.value && !place.value.query.has("filter")) setFilter(filter.value);
  }, []);
  useSignalEffect(followAddress);
}

/** Texts that the filter asks the server for. */
function useSearch(source: Source): void {
  const wanted = texts.value;
  useEffect(() => (wanted ? search(source, wanted.split("\n"), (error) => tell(error, "bad")) : undefined), [wanted, source.session?.value]);
}

/** Where there are no rows the list itself says why it could not be read. */
function useTrouble(): void {
  useSignalEffect(() => {
    if (trouble.value !== null && rows.all.length) tell(trouble.value, "bad");
  });
}

function useWidth(box: RefObject<HTMLElement | null>): Width {
  const width = useSignal<Width>("wide");
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = (): void => {
      const pixels = element.clientWidth;
      width.value = pixels < 820 ? "narrow" : pixels < 1180 ? "medium" : "wide";
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width.value;
}
