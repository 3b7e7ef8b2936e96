// The part of a scenario that one changes first: what it answers.
import { isScalar } from "yaml";
import { parse, pick, readValue, spanOf, type Path, type Span } from "./document.ts";

/** The words of the first answer: its text, else the first text in its content, else the answer, else the beginning. */
export function findAnswer(text: string): Span {
  const document = parse(text);
  const value = readValue(document);
  const start: Path = pick(value, ["scenarios"]) === undefined ? [] : ["scenarios", 0];
  const answers: Path[] = [["reply"], ["turns", 0], ["turns", "answers", 0], ["calls", 0]].map((path) => [
    ...start,
    ...path,
  ]);
  const answer = answers.find((path) => pick(value, path) !== undefined);
  if (!answer) return { from: 0, to: 0 };
  const places: Path[] = [
    ["text"],
    ["text", 0],
    ["content", 0, "text"],
    ["content", 0],
    ["tool_use", "input"],
    ["tool_use"],
    ["error", "message"],
    ["error"],
    [],
  ];
  const found = places.map((path) => [...answer, ...path]).find((path) => isWritten(pick(value, path)));
  const node = document.getIn(found ?? answer, true);
  return isScalar(node) ? trim(text, spanOf(node)) : spanOf(node);
}

function isWritten(value: unknown): boolean {
  return (
    typeof value === "string" ||
    typeof value === "number" ||
    (typeof value === "object" && value !== null && !Array.isArray(value))
  );
}

/** Without the quotes around it, or the mark of a block text (">-") above it. */
function trim(text: string, { from, to }: Span): Span {
  const written = text.slice(from, to);
  const quoted = /^(["'])[^]*\1$/.test(written);
  if (quoted) return { from: from + 1, to: to - 1 };
  const mark = /^[|>][^\n]*\n[ \t]*/.exec(written)?.[0].length ?? 0;
  return { from: from + mark, to: from + written.trimEnd().length };
}
