// The editor itself. This module is loaded when an editor is first shown: nothing else may import it at once.
import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { findAnswer } from "./answer.ts";
import { assist, completeBy, mark, schemaOf, type Judged, type Listed } from "./assisting.ts";
import type { Language } from "./completing.ts";
import { REPLACING } from "./replacing.ts";
import type { Schema } from "./schema.ts";
import { THEME } from "./theme.ts";

export interface Settings {
  parent: HTMLElement;
  text: string;
  language: Language;
  label: string;
  /** The id of the element that tells how Tab works. */
  describedBy: string;
  isReadOnly: boolean;
  /** What has the focus at first. */
  startsAt: "answer" | "beginning" | null;
  onChange: (text: string) => void;
  onSubmit: () => boolean;
  onSave: () => boolean;
  onMistakes: (listed: Listed[]) => void;
}

/** What the component may do with the editor it made. */
export interface Editor {
  setText(text: string): void;
  setSchema(schema: Schema | undefined): void;
  judge(judged: Judged): void;
  select(from: number, to: number): void;
  destroy(): void;
}

// A text that the page set is not reported to it.
const fromPage = Annotation.define<boolean>();

export function makeEditor(settings: Settings): Editor {
  const schema = new Compartment();
  const extensions = [listExtensions(settings), schema.of(schemaOf.of(undefined))];
  const view = new EditorView({
    parent: settings.parent,
    state: EditorState.create({ doc: settings.text, extensions }),
  });
  const select = (from: number, to: number): void => {
    const most = view.state.doc.length;
    const selection = { anchor: Math.min(from, most), head: Math.min(to, most) };
    view.focus();
    view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: "center" }) });
  };
  if (settings.startsAt === "answer") {
    const { from, to } = findAnswer(settings.text);
    select(from, to);
  } else if (settings.startsAt !== null) view.focus();
  return {
    setText: (text) => {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: fromPage.of(true) });
    },
    setSchema: (to) => completeBy(view, schema.reconfigure(schemaOf.of(to))),
    judge: (judged) => view.dispatch(mark(view.state, judged)),
    select,
    destroy: () => view.destroy(),
  };
}

function listExtensions(settings: Settings): Extension {
  const { language, label, describedBy, isReadOnly } = settings;
  return [
    EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ""),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": describedBy, spellcheck: "false", tabindex: "0" }),
    keymap.of(listKeys(settings)),
    isReadOnly ? [EditorState.readOnly.of(true)] : [],
    language === "yaml" ? yaml() : json(),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    lineNumbers(),
    foldGutter({ openText: "▾", closedText: "▸" }),
    highlightSpecialChars(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches({ minSelectionLength: 3 }),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    search({ top: false }),
    assist(language, settings.onMistakes),
    EditorView.lineWrapping,
    EditorView.updateListener.of((update) => {
      const isOwn = update.transactions.some((each) => each.annotation(fromPage));
      if (update.docChanged && !isOwn) settings.onChange(update.state.doc.toString());
    }),
    LEAVING,
    REPLACING,
    THEME,
  ];
}

/** Escape, then Tab leaves the editor, as WCAG 2.1.2 asks, also where Escape has closed something; the hint says so.
 * CodeMirror itself gives 2 s for it, which is too short for some. */
const LEAVING = EditorView.domEventHandlers({
  keyup: (event, view) => {
    if (event.key === "Escape") view.setTabFocusMode(20_000);
    return false;
  },
});

function listKeys({ onSubmit, onSave }: Settings): Parameters<typeof keymap.of>[0] {
  return [
    { key: "Mod-Enter", run: onSubmit },
    { key: "Mod-s", run: onSave, preventDefault: true },
    ...completionKeymap,
    ...closeBracketsKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...lintKeymap,
    ...defaultKeymap,
    indentWithTab,
  ];
}
