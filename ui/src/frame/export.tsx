// Takes the requests of the session that is looked at, or of all, along in one file.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, session } from "../live.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { tell } from "./status.ts";

const FORMS = [
  { form: "html", title: "Page", ending: ".html", says: "One file that shows them in any browser, without a server: for a bug report, or for colleagues." },
  { form: "json", title: "Data", ending: ".json", says: "The same as JSON: requests, events, changes and drafts." },
  { form: "scenarios", title: "Scenarios", ending: ".yaml", says: "A fixture file that answers the requests for messages once more as they were answered." },
] as const;

export function ExportButton(): JSX.Element {
  const isOpen = useSignal(false);
  return (
    <>
      <button type="button" class="icon-button" aria-label="Export" title="Export" onClick={() => (isOpen.value = true)}>
        <Icon name="export" />
      </button>
      {isOpen.value && <ExportDialog onClose={() => (isOpen.value = false)} />}
    </>
  );
}

function ExportDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const take = (form: string): void => {
    onClose();
    download(form).catch((error: Error) => tell(`The export failed: ${error.message}`, "bad"));
  };
  return (
    <Dialog title={`Export ${session.value === null ? "all sessions" : `session ${session.value}`}`} onClose={onClose}>
      <ul class="exports">
        {FORMS.map(({ form, title, ending, says }) => (
          <li key={form}>
            <button type="button" class="export" onClick={() => take(form)}>
              <b>
                {title} <span class="dim">{ending}</span>
              </b>
              <span>{says}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="dim">Secrets are masked. Of many requests, a page and its data hold the latest 20 MB.</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}

/** Fetched and then kept, since a link could not send the token. */
async function download(form: string): Promise<void> {
  const response = await ask("export", { query: { format: form } });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = readName(response.headers.get("content-disposition")) ?? `mockserver.${form}`;
  link.click();
  // Browsers that still read it keep what they read.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function readName(disposition: string | null): string | null {
  return /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? null;
}
