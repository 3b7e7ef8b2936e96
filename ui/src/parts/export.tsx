// Saves the requests of the session looked at, or of all, as a file.
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { describe } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { makeVisible } from "./text.ts";

const FORMATS = [
  ["html", "A page to be read, in one HTML file"],
  ["json", "The requests whole, as JSON"],
  ["scenarios", "Scenarios that answer the same, as YAML"],
] as const;
const ENDINGS: Record<string, string> = { html: "html", json: "json", scenarios: "yaml" };

interface Props {
  /** The session whose requests are saved; null: all. */
  session: string | null;
  save: (format: string) => Promise<Response>;
  /** Whether the button says what it does in a word; else by a drawing. */
  hasText?: boolean;
}

export function ExportMenu({ session, save: ask, hasText = false }: Props): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  const trouble = useSignal<string | null>(null);
  const close = (): void => menu.current?.removeAttribute("open");
  const save = async (format: string): Promise<void> => {
    trouble.value = null;
    try {
      await download(await ask(format), `mockserver-${session ?? "all"}.${ENDINGS[format]}`);
      close();
    } catch (error) {
      trouble.value = describe(error);
    }
  };
  const closeByKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    event.stopPropagation();
    close();
    menu.current.querySelector("summary")?.focus();
  };
  const leave = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && !menu.current?.contains(event.relatedTarget)) close();
  };
  return (
    <details class="menu" ref={menu} onKeyDown={closeByKey} onFocusOut={leave}>
      <summary class="button" aria-label="Export" title="Save as a file"><Icon name="save" />{hasText && "Export"}</summary>
      <div class="menu-panel">
        <p class="dim">{session === null ? "Of all sessions" : <>Of session <bdi>{makeVisible(session)}</bdi></>}</p>
        {FORMATS.map(([format, title]) => <button type="button" class="menu-item" key={format} onClick={() => void save(format)}>{title}</button>)}
        <p class="field-mistake" role="alert">{trouble.value}</p>
      </div>
    </details>
  );
}

/** By the page itself instead of a link: a link cannot send the token. */
async function download(response: Response, otherwise: string): Promise<void> {
  const named = /filename="?([^";]+)"?/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = named ?? otherwise;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
