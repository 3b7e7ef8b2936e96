// Typing over a selection: left to itself, Chromium writes style attributes into what it joins, which the page forbids.
import { EditorSelection, type Extension, type Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

function replaceSelection(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main;
  const text = event.data;
  if (event.inputType !== "insertText" || text === null || empty || view.composing || view.state.readOnly) return false;
  event.preventDefault();
  const insert = (): Transaction =>
    view.state.update({
      changes: { from, to, insert: text },
      selection: EditorSelection.cursor(from + view.state.toText(text).length),
      userEvent: "input.type",
      scrollIntoView: true,
    });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
  return true;
}

export const REPLACING: Extension = EditorView.domEventHandlers({ beforeinput: replaceSelection });
