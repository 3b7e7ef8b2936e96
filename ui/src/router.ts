// The view that is shown stands in the address, behind "#": #/requests/12?tab=why.
import { computed, signal } from "@preact/signals";

export interface Place {
  /** The parts of the path: ["requests", "12"]. */
  path: string[];
  query: URLSearchParams;
}

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

/** A part of an address as it reads; one that is no code, such as "100%", stands for itself. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const place = signal<Place>(read());
addEventListener("hashchange", () => {
  place.value = read();
});

export const view = computed(() => place.value.path[0] ?? "requests");

/** The number of the request that is shown; null: none. */
export const shownRequest = computed(() => {
  const number = view.value === "requests" ? Number(place.value.path[1]) : 0;
  return Number.isInteger(number) && number > 0 ? number : null;
});

export function link(...path: (string | number)[]): string {
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}`;
}

/** What links to requests keep of the address: the filter of the list, and the tab. */
const kept = computed(() => {
  const query = new URLSearchParams(view.value === "requests" ? place.value.query : "");
  query.delete("at");
  return query.toString();
});

/** The link to a request, or to the list alone. */
export function linkToRequest(number: number | null, tab?: string): string {
  const query = new URLSearchParams(kept.value);
  if (number === null) query.delete("tab");
  else if (tab !== undefined) query.set("tab", tab);
  const text = query.toString();
  return (number === null ? link("requests") : link("requests", number)) + (text ? `?${text}` : "");
}

export function go(to: string): void {
  location.hash = to;
}

/** Go to a place without a step in the history. */
export function replace(to: string): void {
  history.replaceState(null, "", to);
  place.value = read();
}

/** Change the query of the place that is shown, without a step in the history. */
export function setQuery(name: string, value: string | null): void {
  const { path, query } = read();
  if (value === null) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  replace(link(...(path.length ? path : ["requests"])) + (text ? `?${text}` : ""));
}
