// Texts that the server searches for, since the page has only the beginnings of requests.
import type { Source } from "../source.ts";
import { rows, version } from "./journal.ts";
import { hits } from "./shown.ts";

/** The filter is still being typed; and others come while it is sought. */
const WAIT_MS = 250;
const REST_MS = 500;

/** Ask for the texts, and go on asking about what has come since. Returns what ends it. */
export function search(source: Source, texts: readonly string[], onTrouble: (message: string) => void): () => void {
  const stop = new AbortController();
  seek(source, texts, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) onTrouble(error instanceof Error ? error.message : String(error));
  });
  return () => stop.abort();
}

async function seek(source: Source, texts: readonly string[], stop: AbortSignal): Promise<void> {
  let asked = -1;
  let since = texts.map(() => 0);
  hits.value = new Map();
  for (let wait = WAIT_MS; ; wait = REST_MS) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (stop.aborted) return;
    if (version.peek() === asked) continue;
    asked = version.peek();
    since = await Promise.all(texts.map((text, index) => searchOne(source, text, since[index] ?? 0, stop)));
  }
}

/** Search the requests behind a number. Returns where to go on: behind those whose answers have left. */
async function searchOne(source: Source, text: string, since: number, stop: AbortSignal): Promise<number> {
  const found = new Set(hits.peek().get(text));
  const running = rows.all.find((row) => !row.finished)?.number ?? rows.newest + 1;
  let after: number | null = null;
  do {
    const query = { text, order: "newest", limit: "1000", since: String(since), ...(after ? { after: String(after) } : {}) };
    const page: Awaited<ReturnType<Source["list"]>> = await source.list(query);
    if (stop.aborted) return since;
    for (const { number } of page.requests) found.add(number);
    after = page.next;
  } while (after !== null);
  hits.value = new Map(hits.peek()).set(text, found);
  return running - 1;
}
