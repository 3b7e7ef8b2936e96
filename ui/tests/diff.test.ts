import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLists, diffTexts, type Line } from "../src/parts/diff.ts";
import { foldSame } from "../src/parts/diff.tsx";

function apply(steps: { op: string; value: string }[], without: string): string {
  return steps.filter((step) => step.op !== without).map((step) => step.value).join("");
}

test("the steps give both lists back, in as few steps as can be", () => {
  let seed = 5;
  const draw = (most: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
  for (let round = 0; round < 300; round++) {
    const make = (): string[] => Array.from({ length: draw(12) }, () => "abc"[draw(3)] as string);
    const [before, after] = [make(), make()];
    const steps = diffLists(before, after);
    assert.equal(apply(steps, "added"), before.join(""));
    assert.equal(apply(steps, "removed"), after.join(""));
    assert.equal(steps.filter((step) => step.op === "same").length, measureCommon(before, after));
  }
});

/** The length of the longest common subsequence, the slow way. */
function measureCommon(left: string[], right: string[]): number {
  if (left.length === 0 || right.length === 0) return 0;
  if (left[0] === right[0]) return 1 + measureCommon(left.slice(1), right.slice(1));
  return Math.max(measureCommon(left.slice(1), right), measureCommon(left, right.slice(1)));
}

test("what differs too much is replaced as a whole", () => {
  const before = Array.from({ length: 2000 }, (_, at) => `before ${at}`);
  const after = Array.from({ length: 2000 }, (_, at) => `after ${at}`);
  const steps = diffLists(before, after);
  assert.equal(steps.length, 4000);
  assert.equal(steps[1999]?.op, "removed");
  assert.equal(steps[2000]?.op, "added");
});

test("words that differ in a line are marked", () => {
  const lines = diffTexts("You are kind.\nToday is Monday the 3rd.", "You are kind.\nToday is Tuesday the 4th.");
  const show = (line: Line): string =>
    line.pieces.map(({ text, isMarked }) => (isMarked ? `<${text}>` : text)).join("");
  assert.deepEqual(lines.map((line) => [line.op, show(line)]), [
    ["same", "You are kind."],
    ["removed", "Today is <Monday> the <3rd>."],
    ["added", "Today is <Tuesday> the <4th>."],
  ]);
});

test("lines far from what differs are folded", () => {
  const numbers = Array.from({ length: 20 }, (_, at) => String(at));
  const rows = foldSame(diffTexts(numbers.join("\n"), [...numbers.slice(0, 19), "x"].join("\n")));
  assert.deepEqual(rows.map((row) => ("folded" in row ? row.folded.length : row.op)), [16, "same", "same", "same", "removed", "added"]);
});
