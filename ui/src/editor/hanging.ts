// A broken line goes on below its own beginning, not at the edge. By classes: the page allows no style attributes.
import { RangeSetBuilder, type Extension } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";

const [STEP, MOST] = [2, 24];
const WIDTHS = Array.from({ length: MOST / STEP }, (_, index) => (index + 1) * STEP);
const MARKS = new Map(WIDTHS.map((width) => [width, Decoration.line({ class: `cm-hang-${width}` })]));
// The padding of a line on its left, as in theme.ts.
const PADDING = "6px";
const RULES = EditorView.theme(
  Object.fromEntries(
    WIDTHS.map((width) => [
      `.cm-line.cm-hang-${width}`,
      { paddingLeft: `calc(${PADDING} + ${width}ch)`, textIndent: `-${width}ch` },
    ]),
  ),
);

function mark(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      const found = MARKS.get(measureIndent(line.text));
      if (found) builder.add(line.from, line.from, found);
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** How far a broken line is put in: as its first word, and a step more. */
export function measureIndent(line: string): number {
  const width = /^ *(?:- )*/.exec(line)?.[0].length ?? 0;
  return Math.min(MOST, Math.floor(width / STEP) * STEP + STEP);
}

const PLUGIN = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = mark(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = mark(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

export const HANGING: Extension = [PLUGIN, RULES];
