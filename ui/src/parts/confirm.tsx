// A button for what cannot be taken back: it asks to be pressed twice.
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

interface Props {
  label: string;
  /** What the second press says, such as "Reset demo?". */
  question: string;
  onConfirm: () => void;
  disabled?: boolean;
}

const PATIENCE_MS = 5000;

export function ConfirmButton({ label, question, onConfirm, disabled = false }: Props): JSX.Element {
  const isAsking = useSignal(false);
  useEffect(() => {
    if (!isAsking.value) return undefined;
    const timer = setTimeout(() => (isAsking.value = false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isAsking.value]);
  const press = (): void => {
    if (isAsking.value) onConfirm();
    isAsking.value = !isAsking.value;
  };
  const escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") isAsking.value = false;
  };
  return (
    <button type="button" class={isAsking.value ? "button button-small button-danger" : "button button-small"} disabled={disabled} onClick={press} onKeyDown={escape} onBlur={() => (isAsking.value = false)}>
      <span aria-live="polite">{isAsking.value ? question : label}</span>
    </button>
  );
}
