// The requests that pass the filter, which stands in the address.
import { computed, signal } from "@preact/signals";
import { place, setQuery } from "../router.ts";
import type { Summary } from "../types.ts";
import { findMistake, listTexts, matches, parseFilter } from "./filter.ts";
import { rows, version } from "./journal.ts";
import { addUp } from "./totals.ts";

/** The filter as it was typed. It stays when another view is shown. */
export const filter = signal(place.value.query.get("filter") ?? "");
export const terms = computed(() => parseFilter(filter.value));
export const mistake = computed(() => findMistake(terms.value));
export const texts = computed(() => listTexts(terms.value).join("\n"));
/** By text, the numbers of the requests that hold it; asked of the server. */
export const hits = signal<ReadonlyMap<string, ReadonlySet<number>>>(new Map());

/** Oldest first. */
export const shown = computed<readonly Summary[]>(() => {
  version.value;
  const wanted = terms.value;
  if (!wanted.length) return rows.all.slice();
  const passes = remember(wanted, hits.value);
  return rows.all.filter(passes);
});

export const totals = computed(() => addUp(shown.value));

let memory: { wanted: unknown; found: unknown; verdicts: WeakMap<Summary, boolean> } | null = null;

/** Each row is looked at once for each filter, however often others come. Retries concern two rows, so these are not kept. */
function remember(wanted: ReturnType<typeof parseFilter>, found: ReadonlyMap<string, ReadonlySet<number>>) {
  const context = { rows, hits: (text: string) => found.get(text) };
  if (wanted.some(({ key, value }) => key === "is" && value === "retry")) {
    return (row: Summary) => matches(row, wanted, context);
  }
  if (memory?.wanted !== wanted || memory.found !== found) memory = { wanted, found, verdicts: new WeakMap() };
  const { verdicts } = memory;
  return (row: Summary): boolean => {
    let verdict = verdicts.get(row);
    if (verdict === undefined) verdicts.set(row, (verdict = matches(row, wanted, context)));
    return verdict;
  };
}

export function setFilter(text: string): void {
  filter.value = text;
  setQuery("filter", text || null);
}

/** Follow the address: a link, or a step back, may say another filter. */
export function followAddress(): void {
  const { path, query } = place.value;
  const text = query.get("filter") ?? "";
  if ((path[0] ?? "requests") === "requests" && text !== filter.peek()) filter.value = text;
}
