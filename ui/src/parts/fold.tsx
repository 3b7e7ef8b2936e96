// What is shown only when somebody opens it, and texts that are long.
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { formatCount } from "./format.ts";
import { cutText, makeVisible } from "./text.ts";

interface FoldProps {
  summary: ComponentChildren;
  children: ComponentChildren | (() => ComponentChildren);
  isOpen?: boolean;
  class?: string;
}

/** A heading that opens what is below it. Children given as a function are made when it is first opened. */
export function Fold({ summary, children, isOpen = false, class: name = "" }: FoldProps): JSX.Element {
  const wasOpened = useSignal(isOpen);
  const note = (event: Event): void => {
    if ((event.currentTarget as HTMLDetailsElement).open) wasOpened.value = true;
  };
  return (
    <details class={`fold ${name}`} open={isOpen} onToggle={note}>
      <summary class="fold-summary">{summary}</summary>
      {wasOpened.value && <div class="fold-content">{typeof children === "function" ? children() : children}</div>}
    </details>
  );
}

const LINES = 14;
const LETTERS = 1500;
const STEP = 100_000;

interface LongTextProps {
  text: string;
  class?: string;
  lines?: number;
}

/** A text of somebody else: its beginning, and the rest when asked for. */
export function LongText({ text, class: name = "text", lines = LINES }: LongTextProps): JSX.Element {
  const most = useSignal(0);
  const shown = most.value > 0 ? text.slice(0, most.value) : cutText(text, lines, LETTERS);
  const rest = text.length - shown.length;
  // A few letters more are not worth a click.
  const isWhole = rest < 80 && most.value === 0 && !text.slice(shown.length).includes("\n");
  return (
    <>
      <div class={name} dir="auto">{makeVisible(isWhole ? text : shown)}</div>
      {rest > 0 && !isWhole && (
        <button type="button" class="more" onClick={() => (most.value += Math.max(STEP, LETTERS))}>
          {rest > STEP ? `Show ${formatCount(STEP)} more of ` : "Show all "}
          {formatCount(text.length)} characters
        </button>
      )}
      {most.value > 0 && (
        <button type="button" class="more" onClick={() => (most.value = 0)}>Show less</button>
      )}
    </>
  );
}
