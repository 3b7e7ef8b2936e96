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
    await navigator.clipboard.writeText(await text());
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), 1500);
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      <span aria-live="polite">{isCopied.value ? "Copied" : label}</span>
    </button>
  );
}
