// Above the list: the filter, and what can be done with all requests.
import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { tell } from "../frame/status.ts";
import { ConfirmDialog } from "../parts/dialog.tsx";
import { ExportMenu } from "../parts/export.tsx";
import { formatCount } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import type { Source } from "../source.ts";
import { FilterBox } from "./box.tsx";
import { clear, isPaused, pause, resume, total, waiting } from "./journal.ts";

interface Props {
  input: RefObject<HTMLInputElement | null>;
  isLive: boolean;
  save?: Source["export"];
  /** Of which session the requests are; null: of all. */
  session: string | null;
  onLeave: () => void;
}

export function Toolbar({ input, isLive, save, session, onLeave }: Props): JSX.Element {
  return (
    <div class="list-bar">
      <FilterBox input={input} onLeave={onLeave} />
      {isLive && <PauseButton />}
      {save && <ExportMenu session={session} save={save} />}
      {isLive && <ClearButton session={session} />}
    </div>
  );
}

export function togglePause(): void {
  if (isPaused.value) resume();
  else pause();
}

function PauseButton(): JSX.Element {
  const count = waiting.value ? formatCount(waiting.value) : "";
  return (
    <button
      type="button"
      class="button button-icon"
      aria-pressed={isPaused.value}
      aria-label={isPaused.value ? `Go on, ${count || "none"} waiting` : "Pause"}
      title={isPaused.value ? "Go on (p)" : "Pause (p)"}
      onClick={togglePause}
    >
      <Icon name={isPaused.value ? "play" : "pause"} />
      {count && <span class="count">{count}</span>}
    </button>
  );
}

function ClearButton({ session }: { session: string | null }): JSX.Element {
  const asks = useSignal(false);
  const run = (): void => {
    clear().catch((error: unknown) => tell(error, "bad"));
  };
  const whose = session === null ? "of all sessions" : `of session “${session}”`;
  return (
    <>
      <button
        type="button"
        class="button button-icon"
        aria-label="Clear"
        title="Empty the journal"
        disabled={total.value === 0}
        onClick={() => (asks.value = true)}
      >
        <Icon name="trash" />
      </button>
      {asks.value && (
        <ConfirmDialog
          title="Empty the journal?"
          text={`${formatCount(total.value)} ${total.value === 1 ? "request" : "requests"} ${whose} will be forgotten by the server. Scenarios and their counters stay as they are.`}
          label="Empty it"
          onYes={run}
          onClose={() => (asks.value = false)}
        />
      )}
    </>
  );
}
