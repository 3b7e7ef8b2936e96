// One request: what was asked, what was answered, and why.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Source } from "../source.ts";
import type { Entry } from "../types.ts";

export function RequestView({ source, number }: { source: Source; number: number }): JSX.Element {
  const entry = useSignal<Entry | null>(null);
  useEffect(() => {
    void source.entry(number).then((found) => {
      entry.value = found;
    });
  }, [source, number]);
  return (
    <article class="request" aria-label={`Request ${number}`}>
      <pre>{entry.value && JSON.stringify(entry.value, null, 2)}</pre>
    </article>
  );
}
