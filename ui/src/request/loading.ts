// What the view of a request fetches, and when it does so again.
import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { rows, version } from "../list/journal.ts";
import { Refused, type Source } from "../source.ts";
import type { Entry, Summary } from "../types.ts";
import { PATHS } from "../wires.ts";

// When a request is looked at again whose answer still leaves, if the feed does not tell of its end before.
const AGAIN_MS = 3000;
const SOON_MS = 20;

export interface Loaded<T> {
  value: T | null;
  /** Why there is nothing, in a sentence. */
  error: string | null;
  /** Whether it is no longer there, or never was. */
  isGone: boolean;
}

const NOTHING = { value: null, error: null, isGone: false };

function readError<T>(error: unknown, before: T | null): Loaded<T> {
  const message = error instanceof Error ? error.message : String(error);
  const isGone = error instanceof Refused && error.status === 404;
  return { value: isGone ? null : before, error: message, isGone };
}

/** What a promise gives. What was there before stays until it is known anew, so that nothing jumps. */
export function useLoaded<T>(load: () => Promise<T>, inputs: unknown[]): ReadonlySignal<Loaded<T>> {
  const loaded = useSignal<Loaded<T>>(NOTHING);
  useEffect(() => {
    let isWanted = true;
    const put = (found: Loaded<T>): void => {
      if (isWanted) loaded.value = found;
    };
    load().then((value) => put({ value, error: null, isGone: false }), (error) => put(readError(error, loaded.peek().value)));
    return () => {
      isWanted = false;
    };
  }, inputs);
  return loaded;
}

/** The request, looked at again when its answer has left. */
export function useEntry(source: Source, number: number): ReadonlySignal<Loaded<Entry>> {
  const round = useSignal(0);
  const hasLeft = useComputed(() => version.value >= 0 && rows.get(number)?.finished === true);
  const loaded = useLoaded(() => source.entry(number), [source, number, round.value]);
  const isOpen = source.isLive && loaded.value.value?.finished === false;
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setTimeout(() => (round.value += 1), hasLeft.value ? SOON_MS : AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isOpen, hasLeft.value, loaded.value]);
  return loaded;
}

export interface Neighbours {
  previous: number | null;
  next: number | null;
}

// So many requests behind this one are looked at for the next of its conversation.
const LOOKED_AT = 6;

/** The requests before and after this one in its conversation. */
export async function findNeighbours(source: Source, entry: Summary): Promise<Neighbours> {
  const path = PATHS[entry.endpoint];
  if (path === undefined) return { previous: null, next: null };
  const { previous } = await source.changes(entry.number);
  const query = { session: entry.session, after: String(entry.number), order: "oldest", limit: "40", path };
  const { requests } = await source.list(query).catch(() => ({ requests: [] }));
  const later = requests.filter((each) => each.number > entry.number && each.session === entry.session && each.endpoint === entry.endpoint);
  for (const each of later.sort((one, other) => one.number - other.number).slice(0, LOOKED_AT)) {
    if ((await source.changes(each.number)).previous === entry.number) return { previous, next: each.number };
  }
  return { previous, next: null };
}
