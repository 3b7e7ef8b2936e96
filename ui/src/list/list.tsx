// The list of requests as they come.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { link, shownRequest } from "../router.ts";
import type { Source } from "../source.ts";
import type { Summary } from "../types.ts";

const requests = signal<Summary[]>([]);

export function RequestList({ source }: { source: Source }): JSX.Element {
  useEffect(() => {
    void source.list({ order: "newest" }).then((page) => {
      requests.value = page.requests;
    });
  }, [source]);
  return (
    <section class="list" aria-label="Requests">
      <ol>
        {requests.value.map((each) => (
          <li key={each.number}>
            <a href={link("requests", each.number)} aria-current={shownRequest.value === each.number || undefined}>
              {each.number} {each.method} {each.path} {each.status} {each.scenario ?? "generated"}
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
