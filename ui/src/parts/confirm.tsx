// A button for what cannot be undone: a dialog asks before it is done.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ConfirmDialog } from "./dialog.tsx";

interface Props {
  /** What the button says, here and in the dialog. */
  label: string;
  /** What it is about, where several say the same. */
  about?: string;
  title: string;
  /** What happens, in a sentence. */
  text: string;
  onConfirm: () => void;
}

export function ConfirmButton({ label, about, title, text, onConfirm }: Props): JSX.Element {
  const asks = useSignal(false);
  return (
    <>
      <button type="button" class="button button-small" aria-label={about === undefined ? undefined : `${label} ${about}`} onClick={() => (asks.value = true)}>{label}</button>
      {asks.value && <ConfirmDialog title={title} text={text} label={label} onYes={onConfirm} onClose={() => (asks.value = false)} />}
    </>
  );
}
