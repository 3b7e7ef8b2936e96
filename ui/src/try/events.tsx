// The events of the answer, each with its time.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { formatCount, formatDuration } from "../parts/format.ts";
import { makeVisible } from "../parts/text.ts";
import type { Json } from "../types.ts";
import { isObject } from "./fold.ts";
import type { Answer } from "./send.ts";

/** So many rows are shown at first, and with each further step: a page of all would be slow. */
const STEP = 200;
const MOST = 2000;

export function Events({ answer }: { answer: Answer }): JSX.Element {
  const shown = useSignal(STEP);
  const { events } = answer;
  if (!events.length) return <p class="told">{answer.isStream ? "No event has come." : "The answer came whole, not as a stream of events."}</p>;
  const hidden = Math.max(0, events.length - shown.value);
  return (
    <>
      {hidden > 0 && <button type="button" class="button button-small" onClick={() => (shown.value += STEP)}>Show {formatCount(Math.min(STEP, hidden))} before these</button>}
      <table class="pairs answer-events">
        <thead><tr><th scope="col">After</th><th scope="col">Event</th><th scope="col">Data</th></tr></thead>
        <tbody>
          {events.slice(hidden).map(({ event, data, at_ms }, index) => (
            <tr key={hidden + index}>
              <td class="number">{formatDuration(at_ms ?? 0)}</td>
              <th scope="row"><bdi>{makeVisible(event) || "no name"}</bdi></th>
              <td><code>{makeVisible(tellData(data).slice(0, MOST))}</code></td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The data in short: the name of the event says their type, and all deltas have the same frame. */
export function tellData(data: Json): string {
  if (!isObject(data)) return data === null ? "" : typeof data === "string" ? data : JSON.stringify(data);
  const { type: _, index, delta, ...rest } = data;
  const place = index === undefined ? [] : [`[${String(index)}]`];
  if (!isObject(delta)) return [...place, ...(Object.keys(rest).length ? [JSON.stringify(rest)] : [])].join(" ");
  const { type, ...change } = delta;
  const values = Object.keys(change).length === 1 ? Object.values(change)[0] : change;
  return [...place, ...(type === undefined ? [] : [String(type)]), JSON.stringify(values), ...(Object.keys(rest).length ? [JSON.stringify(rest)] : [])].join(" ");
}
