// Texts that the server searches for, since the page has only the beginnings of requests.
import type { Source } from "../source.ts";
import { rows } from "./journal.ts";
import { hits } from "./shown.ts";

const WAIT_MS = 250;

/** Ask for the texts, and after that only for what has come since. Returns what ends it. */
export function search(source: Source, texts: readonly string[], onTrouble: (message: string) => void): () => void {
  const stop = new AbortController();
  const timer = setTimeout(() => {
    Promise.all(texts.map((text) => searchOne(source, text, stop.signal))).catch((error: unknown) => {
      if (!stop.signal.aborted) onTrouble(error instanceof Error ? error.message : String(error));
    });
  }, WAIT_MS);
  return () => {
    clearTimeout(timer);
    stop.abort();
  };
}

/** A text that was sought before is sought again only among what was new or under way then. */
const SINCE = new Map<string, number>();

async function searchOne(source: Source, text: string, stop: AbortSignal): Promise<void> {
  const known = hits.peek().get(text);
  const since = known ? (SINCE.get(text) ?? 0) : 0;
  const found = new Set(known);
  const running = rows.all.find((row) => !row.finished)?.number ?? rows.newest + 1;
  let after: number | null = null;
  do {
    const query = { text, order: "newest", limit: "1000", since: String(since), ...(after ? { after: String(after) } : {}) };
    const page: Awaited<ReturnType<Source["list"]>> = await source.list(query);
    if (stop.aborted) return;
    for (const { number } of page.requests) found.add(number);
    after = page.next;
  } while (after !== null);
  SINCE.set(text, running - 1);
  hits.value = new Map(hits.peek()).set(text, found);
}
