// The difference between two texts: lines, and the words that differ in them.

export type Op = "same" | "removed" | "added";

export interface Step<T> {
  op: Op;
  value: T;
}

export interface Piece {
  text: string;
  isMarked: boolean;
}

export interface Line {
  op: Op;
  pieces: Piece[];
}

// So many differences are looked for; what differs more is shown as replaced.
const MOST = 600;

/** The shortest way from one list to the other (Myers, "An O(ND) difference algorithm", 1986). */
export function diffLists<T>(before: readonly T[], after: readonly T[]): Step<T>[] {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const same = (values: readonly T[]): Step<T>[] => values.map((value) => ({ op: "same", value }));
  return [
    ...same(before.slice(0, start)),
    ...search(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(end === 0 ? [] : before.slice(-end)),
  ];
}

function search<T>(before: readonly T[], after: readonly T[]): Step<T>[] {
  const most = Math.min(MOST, before.length + after.length);
  // How far each diagonal k = x - y was followed, at k + most + 1.
  const reached = new Int32Array(2 * most + 3);
  const traces: Int32Array[] = [];
  for (let depth = 0; depth <= most; depth++) {
    traces.push(reached.slice());
    for (let k = -depth; k <= depth; k += 2) {
      const at = k + most + 1;
      let x = isDown(reached, at, k, depth) ? (reached[at + 1] ?? 0) : (reached[at - 1] ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      reached[at] = x;
      if (x >= before.length && x - k >= after.length) return walkBack(traces, most, before, after);
    }
  }
  const removed = before.map((value): Step<T> => ({ op: "removed", value }));
  return [...removed, ...after.map((value): Step<T> => ({ op: "added", value }))];
}

function isDown(reached: Int32Array, at: number, k: number, depth: number): boolean {
  return k === -depth || (k !== depth && (reached[at - 1] ?? 0) < (reached[at + 1] ?? 0));
}

function walkBack<T>(traces: Int32Array[], most: number, before: readonly T[], after: readonly T[]): Step<T>[] {
  const steps: Step<T>[] = [];
  let x = before.length;
  let y = after.length;
  for (let depth = traces.length - 1; depth >= 0; depth--) {
    const reached = traces[depth] as Int32Array;
    const k = x - y;
    const from = isDown(reached, k + most + 1, k, depth) ? k + 1 : k - 1;
    const fromX = reached[from + most + 1] ?? 0;
    while (x > Math.max(fromX, 0) && y > Math.max(fromX - from, 0)) {
      steps.push({ op: "same", value: before[--x] as T });
      y--;
    }
    if (depth > 0 && from === k + 1) steps.push({ op: "added", value: after[--y] as T });
    else if (depth > 0) steps.push({ op: "removed", value: before[--x] as T });
  }
  return steps.reverse();
}

/** The lines of both texts in order. Where a line took the place of another, the words that differ are marked. */
export function diffTexts(before: string, after: string): Line[] {
  const steps = diffLists(before.split("\n"), after.split("\n"));
  const lines: Line[] = [];
  for (let at = 0; at < steps.length; ) {
    const removed = takeRun(steps, at, "removed");
    const added = takeRun(steps, at + removed.length, "added");
    if (removed.length + added.length === 0) {
      lines.push({ op: "same", pieces: [{ text: steps[at]?.value ?? "", isMarked: false }] });
      at++;
      continue;
    }
    lines.push(...markWords(removed, added));
    at += removed.length + added.length;
  }
  return lines;
}

function takeRun(steps: Step<string>[], from: number, op: Op): string[] {
  const run: string[] = [];
  for (let at = from; steps[at]?.op === op; at++) run.push((steps[at] as Step<string>).value);
  return run;
}

function markWords(removed: string[], added: string[]): Line[] {
  const before: Line[] = removed.map((text) => ({ op: "removed", pieces: [{ text, isMarked: false }] }));
  const after: Line[] = added.map((text) => ({ op: "added", pieces: [{ text, isMarked: false }] }));
  for (let at = 0; at < Math.min(removed.length, added.length); at++) {
    const steps = diffLists(splitWords(removed[at] ?? ""), splitWords(added[at] ?? ""));
    const kept = steps.filter((step) => step.op === "same").reduce((sum, step) => sum + step.value.length, 0);
    // Two lines that share little were not made of each other: marks in them would only be noise.
    if (kept * 3 < Math.min(removed[at]?.length ?? 0, added[at]?.length ?? 0)) continue;
    before[at] = { op: "removed", pieces: joinPieces(steps, "added") };
    after[at] = { op: "added", pieces: joinPieces(steps, "removed") };
  }
  return [...before, ...after];
}

function splitWords(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|./gu) ?? [];
}

function joinPieces(steps: Step<string>[], without: Op): Piece[] {
  const pieces: Piece[] = [];
  for (const { op, value } of steps) {
    if (op === without) continue;
    const last = pieces.at(-1);
    if (last && last.isMarked === (op !== "same")) last.text += value;
    else pieces.push({ text: value, isMarked: op !== "same" });
  }
  return pieces;
}
