// The events of the answer, as the view of a request shows them.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { EventTable, Strip } from "../request/events.tsx";
import { makeRows } from "../request/events.ts";
import type { Answer } from "./send.ts";

export function Events({ answer: { events, isStream } }: { answer: Answer }): JSX.Element {
  const rows = useMemo(() => makeRows({ events, faults: [], end: null, note: null }), [events]);
  if (!events.length) return <p class="told">{isStream ? "No event has come." : "The answer came whole, not as a stream of events."}</p>;
  return (
    <div class="events">
      <Strip rows={rows.rows} />
      <EventTable found={rows} />
    </div>
  );
}
