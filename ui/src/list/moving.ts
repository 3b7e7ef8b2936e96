// Which row the keyboard is at, and how it moves.
import { signal } from "@preact/signals";
import { linkToRequest, replace, shownRequest } from "../router.ts";
import type { Summary } from "../types.ts";
import { findPlace } from "./rows.ts";
import { shown } from "./shown.ts";

/** The number of the request that has, or would get, the focus; null: the newest. */
export const current = signal<number | null>(null);

export type Move = "next" | "previous" | "first" | "last" | "page-down" | "page-up";

/** The index of a request from the top, where the newest is; that of the nearest older one when it is not shown. */
export function findTop(list: readonly Summary[], number: number): number {
  const index = findPlace(list, number);
  const exact = list[index]?.number === number;
  return Math.max(0, list.length - 1 - (exact ? index : index - 1));
}

/** Where a move leads from an index, in a list of so many; page: the rows that are seen at once. */
export function step(move: Move, index: number, count: number, page: number): number {
  const to = {
    next: index + 1,
    previous: index - 1,
    first: 0,
    last: count - 1,
    "page-down": index + page,
    "page-up": index - page,
  }[move];
  return Math.max(0, Math.min(count - 1, to));
}

/** Go to another row, and show its request when one is shown. Returns its index from the top; null: there is none. */
export function move(way: Move, page: number): number | null {
  const list = shown.peek();
  if (!list.length) return null;
  const from = current.peek() ?? shownRequest.peek();
  // Nothing was chosen yet: the first step leads to the newest.
  const index = from === null ? (way === "next" ? -1 : 0) : findTop(list, from);
  const to = step(way, index, list.length, page);
  const row = list[list.length - 1 - to];
  if (!row) return null;
  current.value = row.number;
  if (shownRequest.peek() !== null) replace(linkToRequest(row.number));
  return to;
}
