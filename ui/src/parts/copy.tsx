// A button that copies a text.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

interface Props {
  /** What is copied, made when it is asked for. */
  text: () => string | Promise<string>;
  label?: string;
}

export function CopyButton({ text, label = "Copy" }: Props): JSX.Element {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    await write(await text());
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), 1500);
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      {/* Both words have their room, so that nothing moves. */}
      <span class="copy" aria-live="polite">
        <span style={{ visibility: isCopied.value ? "hidden" : "visible" }}>{label}</span>
        <span style={{ visibility: isCopied.value ? "visible" : "hidden" }}>Copied</span>
      </span>
    </button>
  );
}

/** Put a text into the clipboard; pages that come from another machine without TLS have but the old way. */
async function write(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
