// Small marks at the parts of a conversation: what the API objects to, and where a cache prefix ends.
import type { JSX } from "preact";
import { makeVisible } from "../parts/text.ts";
import type { Finding } from "../types.ts";

/** The objections to a part, in words, at the part. */
export function Findings({ findings }: { findings: Finding[] }): JSX.Element | null {
  if (findings.length === 0) return null;
  return (
    <ul class="objections" aria-label="Objections">
      {findings.map(({ rule, message, hint }, at) => (
        <li class="objection" key={at}>
          <bdi>{makeVisible(message)}</bdi> <code class="objection-rule">{rule}</code>
          {hint && <p class="objection-hint">{hint}</p>}
        </li>
      ))}
    </ul>
  );
}

export function CacheMark({ ttl }: { ttl: string | null }): JSX.Element | null {
  if (ttl === null) return null;
  return <p class="breakpoint"><span>cache breakpoint · <bdi>{makeVisible(ttl.slice(0, 20))}</bdi></span></p>;
}

/** The attributes of an element that shows what stands at a path: others can lead to it. */
export function anchor(path: string, at: string | null): { "data-path": string; "data-marked"?: "" } {
  return at === path ? { "data-path": path, "data-marked": "" } : { "data-path": path };
}
