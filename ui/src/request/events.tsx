// The events of a streamed answer in the order in which they left, or would have.
import { useSignal } from "@preact/signals";
import { Fragment, type JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatCount, formatDuration } from "../parts/format.ts";
import { JsonView } from "../parts/json.tsx";
import { cutLine, makeVisible } from "../parts/text.ts";
import type { Source } from "../source.ts";
import type { Entry, Obj, Timeline } from "../types.ts";
import { COMPLETE, describeEnding, describeFault, drawStrip, makeRows, type EventRow, type Rows } from "./events.ts";
import { useLoaded } from "./loading.ts";

export function EventsTab({ source, entry }: { source: Source; entry: Entry }): JSX.Element {
  const { value, error } = useLoaded(() => source.timeline(entry.number), [source, entry.number, entry.finished]).value;
  const rows = useMemo(() => (value === null ? null : makeRows(value, !entry.finished)), [value]);
  if (error !== null) return <p class="note" role="status">{error}</p>;
  if (value === null || rows === null) return <p class="nothing">Loading</p>;
  return (
    <div class="events">
      {value.note !== null && <p class="note">{value.note}</p>}
      {value.events.some((event) => event.event) && <Sums entry={entry} timeline={value} />}
      <Unplaced faults={rows.unplaced} />
      {value.events.length > 0 && (
        <>
          <Strip rows={rows.rows} />
          <EventTable found={rows} />
        </>
      )}
      {value.events.length === 0 && rows.last.length > 0 && <p class="fault-row">No byte of the body left: <bdi>{rows.last.map(describeFault).join("; ")}</bdi></p>}
      <Ending timeline={value} />
    </div>
  );
}

function Sums({ entry, timeline: { events } }: { entry: Entry; timeline: Timeline }): JSX.Element {
  const named = events.filter((event) => event.event);
  const sent = named.filter((event) => event.sent).length;
  const first = entry.first_byte_ms ?? events.find((event) => event.at_ms !== null)?.at_ms ?? null;
  return (
    <p class="events-sums">
      {formatCount(named.length)} {named.length === 1 ? "event" : "events"}{sent < named.length && entry.finished ? `, ${formatCount(sent)} sent` : ""}
      {first !== null && ` · first byte after ${formatDuration(first)}`}
      {entry.finished && ` · all in ${formatDuration(entry.duration_ms)}`}
    </p>
  );
}

function Unplaced({ faults }: { faults: Obj[] }): JSX.Element | null {
  if (faults.length === 0) return null;
  return <p class="fault-row">Faults that changed no event here: <bdi>{faults.map(describeFault).join("; ")}</bdi></p>;
}

function Ending({ timeline }: { timeline: Timeline }): JSX.Element | null {
  const text = describeEnding(timeline);
  return text === null ? null : <p class={text === COMPLETE ? "detail" : "fault-row"}>{text}</p>;
}

const WIDTH = 600;
const HEIGHT = 24;

/** When the events left, from the request to the end of the answer. */
export function Strip({ rows }: { rows: EventRow[] }): JSX.Element | null {
  const paths = useMemo(() => drawStrip(rows, WIDTH, HEIGHT), [rows]);
  if (paths.length === 0) return null;
  return (
    <svg class="strip" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label="When the events left">
      {paths.map(([kind, path]) => <path key={kind} class={`strip-${kind}`} d={path} />)}
    </svg>
  );
}

const CHUNK = 100;
const ROW = 25;

export function EventTable({ found }: { found: Rows }): JSX.Element {
  const chunks = useMemo(() => Array.from({ length: Math.ceil(found.rows.length / CHUNK) }, (_, at) => found.rows.slice(at * CHUNK, (at + 1) * CHUNK)), [found]);
  return (
    <table class="event-table">
      <thead>
        <tr>
          <th scope="col" class="number">#</th>
          <th scope="col" class="number">Time</th>
          <th scope="col">Gap</th>
          <th scope="col">Event, block</th>
          <th scope="col">Content</th>
        </tr>
      </thead>
      {chunks.map((rows, at) => <Chunk rows={rows} isFirst={at === 0} key={at} />)}
      <tbody>{found.last.map((fault, at) => <FaultRow fault={fault} key={at} />)}</tbody>
    </table>
  );
}

/** Rows that are made when they come near the window. */
function Chunk({ rows, isFirst }: { rows: EventRow[]; isFirst: boolean }): JSX.Element {
  const body = useRef<HTMLTableSectionElement>(null);
  const isNear = useSignal(isFirst);
  useEffect(() => {
    if (isNear.value || !body.current) return undefined;
    const observer = new IntersectionObserver((seen) => {
      if (seen.some((each) => each.isIntersecting)) isNear.value = true;
    }, { rootMargin: "600px" });
    observer.observe(body.current);
    return () => observer.disconnect();
  }, [isNear.value]);
  return (
    <tbody ref={body}>
      {isNear.value ? rows.map((row) => <Row row={row} key={row.number} />) : <tr><td colSpan={5} style={{ height: `${rows.length * ROW}px` }} /></tr>}
    </tbody>
  );
}

function FaultRow({ fault }: { fault: Obj }): JSX.Element {
  return <tr class="fault-row"><td colSpan={5}>Fault: <bdi>{describeFault(fault)}</bdi></td></tr>;
}

function Row({ row }: { row: EventRow }): JSX.Element {
  const isOpen = useSignal(false);
  const { number, event, gap, share, kind, about, text, faults } = row;
  const name = event.event ? cutLine(event.event, 60) : "no event";
  return (
    <Fragment>
      {faults.map((fault, at) => <FaultRow fault={fault} key={at} />)}
      <tr class={`event of-${kind}${event.sent ? "" : " event-unsent"}`}>
        <td class="number">{number}</td>
        <td class="number">{event.at_ms !== null ? formatDuration(event.at_ms) : event.sent ? "" : "not sent"}</td>
        <td class="gap">{gap !== null && share >= 0.01 && <Gap gap={gap} share={share} />}</td>
        <td class="event-name">
          <button type="button" class="event-toggle" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}><EventName name={name} /></button>
          {about && <span class="detail"> {about}</span>}
        </td>
        <td class="event-text"><bdi>{makeVisible(text).replaceAll("\n", "⏎")}</bdi></td>
      </tr>
      {isOpen.value && <tr class="event-data"><td colSpan={5}><JsonView value={event.data} budget={60} /></td></tr>}
    </Fragment>
  );
}

/** The name; its beginning gives way where there is little room. */
function EventName({ name }: { name: string }): JSX.Element {
  const rest = name.startsWith("content_block_") ? name.slice("content_".length) : null;
  return rest === null ? <bdi>{name}</bdi> : <><span class="event-long">content_</span>{rest}</>;
}

function Gap({ gap, share }: { gap: number; share: number }): JSX.Element {
  return (
    <span class="gap-box" title={`${formatDuration(gap)} after the event before`}>
      <span class="gap-bar" style={{ width: `${share * 100}%` }} />
    </span>
  );
}
