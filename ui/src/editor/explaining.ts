// Explains a key: where the pointer rests, and, for those who use none, at the cursor.
import { type EditorState, type Extension, type Facet, Prec, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import { findDocs } from "./docs.ts";
import type { Schema } from "./schema.ts";

type SchemaOf = Facet<Schema | undefined, Schema | undefined>;

const setShown = StateEffect.define<Tooltip | null>();
const shownField = StateField.define<Tooltip | null>({
  create: () => null,
  update(shown, transaction) {
    const told = transaction.effects.find((effect) => effect.is(setShown));
    return told ? told.value : transaction.docChanged || transaction.selection ? null : shown;
  },
  provide: (field) => showTooltip.from(field),
});

export function explaining(schemaOf: SchemaOf): Extension {
  const show = (view: EditorView): boolean => {
    const shown = explain(view.state, schemaOf, view.state.selection.main.head);
    view.dispatch({ effects: setShown.of(shown) });
    return true;
  };
  return [
    hoverTooltip((view, position) => explain(view.state, schemaOf, position)),
    shownField,
    // With the keys of completion, which take Escape for themselves: so this extension stands before that one.
    Prec.highest(
      keymap.of([
        { key: "Ctrl-Shift-Space", run: show, preventDefault: true },
        { key: "Escape", run: hide },
      ]),
    ),
  ];
}

function hide(view: EditorView): boolean {
  if (!view.state.field(shownField)) return false;
  view.dispatch({ effects: setShown.of(null) });
  return true;
}

function explain(state: EditorState, schemaOf: SchemaOf, position: number): Tooltip | null {
  const schema = state.facet(schemaOf);
  const docs = schema && findDocs(schema, state.doc.toString(), position);
  if (!docs) return null;
  const create = (): { dom: HTMLElement } => {
    const dom = element("cm-docs", "");
    dom.setAttribute("role", "status");
    dom.append(element("cm-docs-name", docs.name));
    if (docs.description) dom.append(element("cm-docs-text", docs.description));
    if (docs.types) dom.append(element("cm-docs-types", `Takes: ${docs.types}`));
    return { dom };
  };
  return { pos: docs.from, end: docs.to, above: true, create };
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  return made;
}
