// A text editor for YAML and JSON. The code that makes it is loaded when it is first shown.
import type { JSX } from "preact";
import type { Obj, Problem } from "../types.ts";

export interface EditorProps {
  /** What is edited. Another value than the last one reported replaces the text. */
  text: string;
  language: "yaml" | "json";
  /** What is being edited, for readers of screens. */
  label: string;
  /** The JSON Schema by which it completes, explains and checks. */
  schema?: Obj;
  /** Mistakes that the server found. */
  problems?: Problem[];
  onChange?: (text: string) => void;
  /** Ctrl+Enter, or Cmd+Enter. */
  onSubmit?: () => void;
}

export function CodeEditor({ text, label, onChange }: EditorProps): JSX.Element {
  return (
    <textarea
      class="editor"
      aria-label={label}
      value={text}
      onInput={(event) => onChange?.(event.currentTarget.value)}
    />
  );
}
