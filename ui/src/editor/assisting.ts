// The schema at work in the editor: completion, explanations, and mistakes marked where they stand.
import {
  autocompletion,
  startCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import {
  forEachDiagnostic,
  linter,
  lintGutter,
  setDiagnostics,
  setDiagnosticsEffect,
  type Diagnostic,
} from "@codemirror/lint";
import { Facet, type EditorState, type Extension, type StateEffect, type Text, type TransactionSpec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Problem } from "../types.ts";
import { propose, type Language, type Proposal } from "./completing.ts";
import { explaining } from "./explaining.ts";
import { findBreak } from "./mistakes.ts";
import type { Schema } from "./schema.ts";

/** The schema of the text, if there is one. */
export const schemaOf = Facet.define<Schema | undefined, Schema | undefined>({ combine: (values) => values[0] });
const languageOf = Facet.define<Language, Language>({ combine: (values) => values[0] ?? "yaml" });

export interface Judged {
  problems: readonly Problem[];
  warnings: readonly Problem[];
}

/** Marks what the server says of the text as it is. */
export function mark(state: EditorState, { problems, warnings }: Judged): TransactionSpec {
  const errors = problems.map((each) => place(state.doc, each, "error"));
  return setDiagnostics(state, [...errors, ...warnings.map((each) => place(state.doc, each, "warning"))]);
}

/** A mistake in the list below the editor. */
export interface Listed {
  line: number;
  from: number;
  message: string;
  severity: "error" | "warning";
}

export function assist(language: Language, onMistakes: (listed: Listed[]) => void): Extension {
  return [
    languageOf.of(language),
    explaining(schemaOf),
    autocompletion({ override: [complete], icons: false, maxRenderedOptions: 60 }),
    language === "json" ? linter((view) => findBreak(view.state), { delay: 400 }) : [],
    lintGutter(),
    EditorView.updateListener.of((update) => {
      const isJudged = update.transactions.some((each) =>
        each.effects.some((effect) => effect.is(setDiagnosticsEffect)),
      );
      if (isJudged) onMistakes(listMistakes(update.state));
    }),
  ];
}

/** Where in which text something was to be completed before there was a schema. */
const unanswered = new WeakMap<Text, number>();

/** Complete by another schema: also what was written just now, when it is the first one. */
export function completeBy(view: EditorView, effects: StateEffect<unknown>): void {
  view.dispatch({ effects });
  const { doc, selection } = view.state;
  if (view.hasFocus && unanswered.get(doc) === selection.main.head) startCompletion(view);
  unanswered.delete(doc);
}

function complete(context: CompletionContext): CompletionResult | null {
  const schema = context.state.facet(schemaOf);
  const isWriting = context.explicit || context.matchBefore(/[\w"]$/) !== null;
  if (!isWriting) return null;
  if (!schema) {
    unanswered.set(context.state.doc, context.pos);
    return null;
  }
  const found = propose(schema, context.state.doc.toString(), context.pos, context.state.facet(languageOf));
  if (!found) return null;
  const options = found.proposals.map((proposal, index) => makeOption(proposal, index, found.to));
  return { from: found.from, options, validFor: /^[\w./-]*$/ };
}

function makeOption(proposal: Proposal, index: number, to: number): Completion {
  return {
    label: proposal.label,
    detail: proposal.detail.length > 60 ? `${proposal.detail.slice(0, 59)}…` : proposal.detail,
    ...(proposal.info ? { info: proposal.info } : {}),
    type: proposal.kind,
    // In the order of the schema, which begins with what is needed most.
    boost: Math.max(-99, 99 - index),
    apply: (view, _completion, from, cursorTo) => {
      view.dispatch({
        changes: { from, to: Math.max(cursorTo, Math.min(to, view.state.doc.length)), insert: proposal.insert },
        selection: { anchor: from + proposal.cursor },
        userEvent: "input.complete",
        scrollIntoView: true,
      });
      if (proposal.hasMore) startCompletion(view);
    },
  };
}

/** From a line and column, counted from 1, to the end of the word there, else of the line. */
function place(doc: Text, problem: Problem, severity: "error" | "warning"): Diagnostic {
  const line = doc.line(Math.min(Math.max(1, problem.line ?? 1), doc.lines));
  const from = Math.min(line.from + Math.max(0, (problem.column ?? 1) - 1), line.to);
  const word = /^(?:"[^"]*"|'[^']*'|[\w./-]+)/.exec(line.text.slice(from - line.from))?.[0].length;
  return { from, to: word ? from + word : line.to, message: problem.message, severity };
}

function listMistakes(state: EditorState): Listed[] {
  const listed: Listed[] = [];
  forEachDiagnostic(state, ({ message, severity }, from) => {
    listed.push({
      line: state.doc.lineAt(from).number,
      from,
      message,
      severity: severity === "warning" ? "warning" : "error",
    });
  });
  return listed;
}
