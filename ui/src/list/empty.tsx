// In place of rows: what to do first, or why there are none.
import type { JSX } from "preact";
import { CopyButton } from "../parts/copy.tsx";
import { isLoaded, rows, trouble, version } from "./journal.ts";
import { setFilter, shown } from "./shown.ts";

interface Props {
  /** Where the API is; null: this is a report. */
  api: string | null;
  session: string | null;
}

export function Empty({ api, session }: Props): JSX.Element | null {
  version.value;
  if (shown.value.length) return null;
  if (trouble.value !== null) return <p class="empty">The requests could not be read: {trouble.value}</p>;
  if (!isLoaded.value) return null;
  if (rows.all.length) return <NothingPasses />;
  return api === null ? <p class="empty">This report holds no requests.</p> : <FirstSteps api={api} session={session} />;
}

function NothingPasses(): JSX.Element {
  return (
    <div class="empty">
      <p>No request passes the filter.</p>
      <button type="button" class="button" onClick={() => setFilter("")}>
        Clear the filter
      </button>
    </div>
  );
}

function FirstSteps({ api, session }: { api: string; session: string | null }): JSX.Element {
  const command = writeCommand(api, session);
  const variable = `export ANTHROPIC_BASE_URL=${api}`;
  return (
    <div class="empty">
      <h2>No requests yet</h2>
      <p>Send one, and it appears here:</p>
      <Snippet text={command} />
      <p>Or point a client of the Anthropic API at this server:</p>
      <Snippet text={variable} />
      <p>Any API key will do, unless the server was started with keys of its own.</p>
    </div>
  );
}

function Snippet({ text }: { text: string }): JSX.Element {
  return (
    <div class="snippet">
      <pre>{text}</pre>
      <CopyButton text={() => text} />
    </div>
  );
}

export function writeCommand(api: string, session: string | null): string {
  const body = { model: "claude-opus-5-5", max_tokens: 1024, messages: [{ role: "user", content: "Hello!" }] };
  const lines = [
    `curl ${api}/v1/messages`,
    "-H 'content-type: application/json'",
    "-H 'anthropic-version: 2023-06-01'",
    "-H 'x-api-key: sk-ant-any'",
    ...(session === null ? [] : [`-H ${quote(`x-mock-session: ${session}`)}`]),
    `-d '${JSON.stringify(body)}'`,
  ];
  return lines.join(" \\\n  ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
