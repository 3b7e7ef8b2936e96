// Two texts, one above the other, with what differs.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { diffTexts, type Line } from "./diff.ts";
import { formatCount } from "./format.ts";
import { makeVisible } from "./text.ts";

const CONTEXT = 3;
const MOST_LINES = 400;
const MOST_LETTERS = 4000;
const SIGNS = { same: " ", removed: "−", added: "+" };
const WORDS = { same: "", removed: "removed: ", added: "added: " };

/** A line, or a run of so many lines that are the same and folded. */
export type Row = Line | { folded: Line[] };

function makeLines(before: string | null, after: string | null): Line[] {
  if (before !== null && after !== null) return diffTexts(before, after);
  const op = before === null ? "added" : "removed";
  return (before ?? after ?? "").split("\n").map((text) => ({ op, pieces: [{ text, isMarked: false }] }));
}

/** Fold what is the same away from what differs. */
export function foldSame(lines: Line[]): Row[] {
  const isNear = lines.map(() => false);
  lines.forEach((line, at) => {
    if (line.op !== "same") isNear.fill(true, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
  });
  const rows: Row[] = [];
  lines.forEach((line, at) => {
    const last = rows.at(-1);
    if (isNear[at]) rows.push(line);
    else if (last && "folded" in last) last.folded.push(line);
    else rows.push({ folded: [line] });
  });
  return rows.flatMap((row) => ("folded" in row && row.folded.length === 1 ? row.folded : [row]));
}

interface Props {
  /** null: it was not there. */
  before: string | null;
  /** null: it is not there any more. */
  after: string | null;
}

export function Diff({ before, after }: Props): JSX.Element {
  const rows = useMemo(() => foldSame(makeLines(before, after)), [before, after]);
  const most = useSignal(MOST_LINES);
  return (
    <div class="diff">
      {rows.slice(0, most.value).map((row, at) => ("folded" in row ? <Folded lines={row.folded} key={at} /> : <DiffLine line={row} key={at} />))}
      {rows.length > most.value && (
        <button type="button" class="more" onClick={() => (most.value += 10 * MOST_LINES)}>
          Show more of {formatCount(rows.length)} lines
        </button>
      )}
    </div>
  );
}

function Folded({ lines }: { lines: Line[] }): JSX.Element {
  const isOpen = useSignal(false);
  if (isOpen.value) return <>{lines.map((line, at) => <DiffLine line={line} key={at} />)}</>;
  return (
    <button type="button" class="diff-folded" onClick={() => (isOpen.value = true)}>
      {formatCount(lines.length)} lines the same
    </button>
  );
}

function DiffLine({ line }: { line: Line }): JSX.Element {
  const most = useSignal(MOST_LETTERS);
  let left = most.value;
  const length = line.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
  return (
    <div class={`diff-line diff-${line.op}`}>
      <span class="diff-sign" aria-hidden="true">{SIGNS[line.op]}</span>
      <span class="diff-text" dir="auto">
        {line.op !== "same" && <span class="visually-hidden">{WORDS[line.op]}</span>}
        {line.pieces.map(({ text, isMarked }, at) => {
          const shown = makeVisible(text.slice(0, Math.max(0, left)));
          left -= text.length;
          return isMarked ? <mark key={at}>{shown}</mark> : shown;
        })}
        {length > most.value && (
          <button type="button" class="more" onClick={() => (most.value += 100_000)}>
            Show more of {formatCount(length)} characters
          </button>
        )}
      </span>
    </div>
  );
}
