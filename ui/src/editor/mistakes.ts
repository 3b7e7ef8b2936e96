// Where a text in the editor ceases to be JSON.
import { syntaxTree } from "@codemirror/language";
import type { Diagnostic } from "@codemirror/lint";
import type { EditorState } from "@codemirror/state";

/** Browsers tell the place each in their own way, or not: the syntax tree has it, but for the end of a long text. */
export function findBreak(state: EditorState): Diagnostic[] {
  const text = state.doc.toString();
  if (!text.trim()) return [];
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    let at: number | null = null;
    syntaxTree(state).iterate({ enter: ({ type, from }) => void (type.isError && (at ??= from)) });
    if (at === null) return [{ from: 0, to: 0, message: String(error), severity: "error" }];
    const end = text.trimEnd().length;
    const from = Math.min(at, end - 1);
    const word = /^\w+/.exec(text.slice(from, from + 100))?.[0] ?? text[from];
    const message = at >= end ? "The JSON ends too early." : `No JSON goes on with ${word} here.`;
    return [{ from, to: from + (word?.length ?? 1), message, severity: "error" }];
  }
}
