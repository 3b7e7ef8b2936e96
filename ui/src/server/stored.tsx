// What was uploaded and what runs: batches and files, to be read.
import type { JSX } from "preact";
import { ask } from "../live.ts";
import { formatBytes, formatCount, formatDay, formatTime } from "../parts/format.ts";
import { makeVisible } from "../parts/text.ts";
import type { Json, Obj } from "../types.ts";
import { Section } from "./section.tsx";
import { act, useAsked } from "./state.ts";

export function Batches(): JSX.Element {
  const asked = useAsked<{ batches: Obj[] }>("batches");
  return (
    <Section id="batches" title="Batches" asked={asked}>
      {({ batches }) => (
        <>
          {batches.length === 0 && <p class="told">There are none.</p>}
          <ul class="rows">{batches.map((batch) => <BatchRow batch={batch} key={String(batch.id)} />)}</ul>
          <More count={batches.length} />
        </>
      )}
    </Section>
  );
}

function BatchRow({ batch }: { batch: Obj }): JSX.Element {
  const { id, session, processing_status: status, request_counts: counts } = batch;
  const told = Object.entries(counts ?? {}).filter(([, count]) => typeof count === "number" && count > 0);
  const finish = (): void => act(() => ask(`batches/${encodeURIComponent(String(id))}/finish`, { method: "POST", body: {}, session: String(session) }));
  return (
    <li>
      <p class="field-row">
        <span><code>{String(id)}</code> <bdi class="dim">{makeVisible(String(session))}</bdi></span>
        {status !== "ended" && <button type="button" class="button button-small" aria-label={`Finish now ${String(id)}`} onClick={finish}>Finish now</button>}
      </p>
      <p class="dim">{String(status)}{told.map(([name, count]) => `, ${formatCount(Number(count))} ${name}`)}; created {showTime(batch.created_at)}</p>
    </li>
  );
}

export function Files(): JSX.Element {
  const asked = useAsked<{ files: Obj[] }>("files");
  return (
    <Section id="files" title="Files" asked={asked}>
      {({ files }) => (
        <>
          {files.length === 0 && <p class="told">There are none.</p>}
          <ul class="rows">{files.map((file) => <FileRow file={file} key={String(file.id)} />)}</ul>
          <More count={files.length} />
        </>
      )}
    </Section>
  );
}

function FileRow({ file }: { file: Obj }): JSX.Element {
  return (
    <li>
      <p><bdi>{makeVisible(String(file.filename))}</bdi> <span class="dim">{String(file.mime_type)}, {formatBytes(Number(file.size_bytes ?? 0))}</span></p>
      <p class="dim"><code>{String(file.id)}</code> <bdi>{file.session === null ? "of all sessions" : makeVisible(String(file.session))}</bdi>; created {showTime(file.created_at)}</p>
    </li>
  );
}

// So many the server lists.
const MOST = 100;

function More({ count }: { count: number }): JSX.Element | null {
  return count < MOST ? null : <p class="more-told">The newest {formatCount(count)}.</p>;
}

function showTime(value: Json | undefined): string {
  const seconds = Date.parse(String(value)) / 1000;
  return Number.isNaN(seconds) ? "–" : `${formatDay(seconds)} ${formatTime(seconds).slice(0, 8)}`;
}
